// The ZIP archives that `torch.save` writes, through LibTorch's own reader and writer.
//
// Statuses and messages are those of CTorch.h. A reader borrows the bytes that it is opened on.

#ifndef CTORCH_ARCHIVE_H
#define CTORCH_ARCHIVE_H

#include "CTorch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_archive_reader_impl *ctorch_archive_reader;
typedef struct ctorch_archive_writer_impl *ctorch_archive_writer;

/// Where a record lies in the archive.
typedef struct ctorch_archive_record {
    /// From the archive's first byte to the record's first.
    uint64_t offset;
    /// Bytes of the record once read; an attacker may have chosen the number.
    uint64_t size;
    /// The record's bytes stand in the archive as they are, at `offset`, and end within it.
    bool is_stored;
} ctorch_archive_record;

/// Opens the archive in `count` bytes, which must live until `ctorch_archive_close`.
ctorch_status ctorch_archive_open(const void *bytes, size_t count, ctorch_archive_reader *out) CTORCH_NOEXCEPT;
void ctorch_archive_close(ctorch_archive_reader reader) CTORCH_NOEXCEPT;
/// Whether there is a record of that name; the archive's own folder is not part of the name.
ctorch_status ctorch_archive_has(ctorch_archive_reader reader, const char *name, bool *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_archive_find(ctorch_archive_reader reader, const char *name,
                                  ctorch_archive_record *out) CTORCH_NOEXCEPT;
/// Copies a record of exactly `count` bytes to `destination`, inflating it where it is compressed.
ctorch_status ctorch_archive_read(ctorch_archive_reader reader, const char *name, void *destination,
                                  size_t count) CTORCH_NOEXCEPT;

/// Takes the next bytes of the archive; false where they could not be written, which ends the writing.
typedef bool (*ctorch_archive_sink)(void *context, const void *bytes, size_t count);

ctorch_status ctorch_archive_writer_open(ctorch_archive_sink sink, void *context,
                                         ctorch_archive_writer *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_archive_writer_add(ctorch_archive_writer writer, const char *name, const void *bytes,
                                        size_t count) CTORCH_NOEXCEPT;
/// Writes the archive's directory: nothing can be added after it.
ctorch_status ctorch_archive_writer_finish(ctorch_archive_writer writer) CTORCH_NOEXCEPT;
/// Frees the writer; one that is not finished writes nothing more.
void ctorch_archive_writer_close(ctorch_archive_writer writer) CTORCH_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
