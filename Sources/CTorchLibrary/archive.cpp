// Writing of PyTorch's ZIP archives by LibTorch's PyTorchStreamWriter.

#include <caffe2/serialize/inline_container.h>

#include <memory>

#include "guard.hpp"

using caffe2::serialize::PyTorchStreamWriter;

struct ctorch_archive_writer_impl {
    ctorch_archive_writer_impl(ctorch_archive_sink sink, void *context) : sink(sink), context(context) {
        writer = std::make_unique<PyTorchStreamWriter>(
            [this](const void *bytes, size_t count) { return write(bytes, count); });
    }

    /// LibTorch closes an unfinished archive when the writer is destroyed, and would throw there if a write failed. So
    /// the last writes of an abandoned archive are discarded and succeed.
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

ctorch_status libtorch_archive_writer_open(ctorch_archive_sink sink, void *context,
                                          ctorch_archive_writer *out) noexcept {
    *out = nullptr;
    return ctorch::guarded([&] { *out = new ctorch_archive_writer_impl(sink, context); });
}

ctorch_status libtorch_archive_writer_add(ctorch_archive_writer writer, const char *name, const void *bytes,
                                         size_t count) noexcept {
    return ctorch::guarded([&] { writer->writer->writeRecord(name, bytes, count); });
}

ctorch_status libtorch_archive_writer_finish(ctorch_archive_writer writer) noexcept {
    return ctorch::guarded([&] { writer->writer->writeEndOfFile(); });
}

void libtorch_archive_writer_close(ctorch_archive_writer writer) noexcept {
    delete writer;
}
