// Reading and writing of PyTorch's ZIP archives by LibTorch's PyTorchStreamReader and PyTorchStreamWriter.

#include "CTorchArchive.h"

#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "guard.hpp"

namespace {

using caffe2::serialize::PyTorchStreamReader;
using caffe2::serialize::PyTorchStreamWriter;

/// Reads from memory that someone else owns, never past its end.
class BorrowedBytes final : public caffe2::serialize::ReadAdapterInterface {
public:
    BorrowedBytes(const void *bytes, size_t count) : bytes_(static_cast<const char *>(bytes)), count_(count) {}

    size_t size() const override { return count_; }

    size_t read(uint64_t position, void *destination, size_t count, const char *) const override {
        if (position >= count_) {
            return 0;
        }
        const size_t available = std::min(count, count_ - static_cast<size_t>(position));
        std::memcpy(destination, bytes_ + position, available);
        return available;
    }

private:
    const char *bytes_;
    size_t count_;
};

/// The compression method in a ZIP file's local header: 0 is none.
constexpr uint64_t method_offset = 8;
constexpr uint64_t local_header_size = 30;

}  // namespace

struct ctorch_archive_reader_impl {
    ctorch_archive_reader_impl(const void *bytes, size_t count)
        : bytes(static_cast<const unsigned char *>(bytes)), count(count),
          reader(std::make_shared<BorrowedBytes>(bytes, count)) {}

    const unsigned char *bytes;
    size_t count;
    PyTorchStreamReader reader;
};

struct ctorch_archive_writer_impl {
    ctorch_archive_writer_impl(ctorch_archive_sink sink, void *context) : sink(sink), context(context) {
        writer = std::make_unique<PyTorchStreamWriter>(
            [this](const void *bytes, size_t count) { return write(bytes, count); });
    }

    /// LibTorch closes an unfinished archive when the writer dies, and would throw there if a write failed. So the
    /// last writes of an abandoned archive go nowhere and succeed.
    ~ctorch_archive_writer_impl() {
        is_abandoned = true;
        if (!writer->finalized()) {
            ctorch::guarded([this] { writer->writeEndOfFile(); });
        }
    }

    size_t write(const void *bytes, size_t count) {
        if (is_abandoned) {
            return count;
        }
        return sink(context, bytes, count) ? count : 0;
    }

    ctorch_archive_sink sink;
    void *context;
    bool is_abandoned = false;
    std::unique_ptr<PyTorchStreamWriter> writer;
};

extern "C" {

ctorch_status ctorch_archive_open(const void *bytes, size_t count, ctorch_archive_reader *out) noexcept {
    *out = nullptr;
    return ctorch::guarded([&] { *out = new ctorch_archive_reader_impl(bytes, count); });
}

void ctorch_archive_close(ctorch_archive_reader reader) noexcept {
    delete reader;
}

ctorch_status ctorch_archive_has(ctorch_archive_reader reader, const char *name, bool *out) noexcept {
    *out = false;
    return ctorch::guarded([&] { *out = reader->reader.hasRecord(name); });
}

ctorch_status ctorch_archive_find(ctorch_archive_reader reader, const char *name,
                                  ctorch_archive_record *out) noexcept {
    *out = ctorch_archive_record{0, 0, false};
    return ctorch::guarded([&] {
        const uint64_t size = reader->reader.getRecordSize(name);
        const uint64_t offset = reader->reader.getRecordOffset(name);
        const uint64_t header = reader->reader.getRecordHeaderOffset(name);
        const bool ends_within = offset <= reader->count && size <= reader->count - offset;
        const bool has_header = header <= reader->count && local_header_size <= reader->count - header;
        const bool is_plain = has_header && reader->bytes[header + method_offset] == 0 &&
                              reader->bytes[header + method_offset + 1] == 0;
        *out = ctorch_archive_record{offset, size, ends_within && is_plain};
    });
}

ctorch_status ctorch_archive_read(ctorch_archive_reader reader, const char *name, void *destination,
                                  size_t count) noexcept {
    return ctorch::guarded([&] {
        const size_t read = reader->reader.getRecord(name, destination, count);
        TORCH_CHECK(read == count, "record ", name, " gave ", read, " bytes instead of ", count);
    });
}

ctorch_status ctorch_archive_writer_open(ctorch_archive_sink sink, void *context,
                                         ctorch_archive_writer *out) noexcept {
    *out = nullptr;
    return ctorch::guarded([&] { *out = new ctorch_archive_writer_impl(sink, context); });
}

ctorch_status ctorch_archive_writer_add(ctorch_archive_writer writer, const char *name, const void *bytes,
                                        size_t count) noexcept {
    return ctorch::guarded([&] { writer->writer->writeRecord(name, bytes, count); });
}

ctorch_status ctorch_archive_writer_finish(ctorch_archive_writer writer) noexcept {
    return ctorch::guarded([&] { writer->writer->writeEndOfFile(); });
}

void ctorch_archive_writer_close(ctorch_archive_writer writer) noexcept {
    delete writer;
}

}  // extern "C"
