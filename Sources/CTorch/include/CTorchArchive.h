// The ZIP archives that `torch.save` writes, through LibTorch's own writer.
//
// Statuses and messages are those of CTorch.h.

#ifndef CTORCH_ARCHIVE_H
#define CTORCH_ARCHIVE_H

#include "CTorch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_archive_writer_impl *ctorch_archive_writer;

/// Takes the next bytes of the archive. Returns false if they could not be written, which ends the writing.
typedef bool (*ctorch_archive_sink)(void *context, const void *bytes, size_t count);

ctorch_status ctorch_archive_writer_open(ctorch_archive_sink sink, void *context,
                                         ctorch_archive_writer *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_archive_writer_add(ctorch_archive_writer writer, const char *name, const void *bytes,
                                        size_t count) CTORCH_NOEXCEPT;
/// Writes the archive's directory. Nothing can be added afterwards.
ctorch_status ctorch_archive_writer_finish(ctorch_archive_writer writer) CTORCH_NOEXCEPT;
/// Frees the writer. An unfinished writer writes nothing more.
void ctorch_archive_writer_close(ctorch_archive_writer writer) CTORCH_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
