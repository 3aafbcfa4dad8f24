// Tensor handles: creation, inspection, release.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/ScalarType.h>

#include <cstring>

#include "guard.hpp"

namespace {
thread_local std::string last_error;
}

namespace ctorch {
void set_error(const char *message) noexcept {
    try {
        last_error = message;
    } catch (...) {
        last_error.clear();
    }
}
}  // namespace ctorch

using ctorch::guarded;
using ctorch::impl;

const char *libtorch_error_message(void) noexcept { return last_error.c_str(); }

ctorch_status libtorch_tensor_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank,
                                        ctorch_dtype dtype, ctorch_tensor *out) noexcept {
    return guarded([&] {
        auto tensor = at::empty(at::IntArrayRef(shape, rank),
                                at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(at::kCPU));
        if (bytes != nullptr) {
            TORCH_CHECK(byte_count == tensor.nbytes(), "a tensor of shape ", tensor.sizes(), " and type ",
                        tensor.scalar_type(), " needs ", tensor.nbytes(), " bytes, not ", byte_count);
            if (byte_count > 0) {
                std::memcpy(tensor.mutable_data_ptr(), bytes, byte_count);
            }
        }
        *out = ctorch::wrap(std::move(tensor));
    });
}

void libtorch_tensor_release(ctorch_tensor tensor) noexcept {
    if (tensor != nullptr) {
        c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl(tensor));
    }
}

int64_t libtorch_tensor_rank(ctorch_tensor tensor) noexcept { return impl(tensor)->dim(); }

int64_t libtorch_tensor_size(ctorch_tensor tensor, int64_t dimension) noexcept {
    return impl(tensor)->sizes()[static_cast<size_t>(dimension)];
}

int64_t libtorch_tensor_stride(ctorch_tensor tensor, int64_t dimension) noexcept {
    return impl(tensor)->strides()[static_cast<size_t>(dimension)];
}

int64_t libtorch_tensor_element_count(ctorch_tensor tensor) noexcept { return impl(tensor)->numel(); }

int64_t libtorch_tensor_storage_offset(ctorch_tensor tensor) noexcept { return impl(tensor)->storage_offset(); }

size_t libtorch_tensor_storage_byte_count(ctorch_tensor tensor) noexcept {
    return impl(tensor)->has_storage() ? impl(tensor)->unsafe_storage().nbytes() : 0;
}

const void *libtorch_tensor_storage_identity(ctorch_tensor tensor) noexcept {
    return impl(tensor)->has_storage() ? impl(tensor)->unsafe_storage().unsafeGetStorageImpl() : nullptr;
}

ctorch_dtype libtorch_tensor_dtype(ctorch_tensor tensor) noexcept {
    return static_cast<ctorch_dtype>(c10::typeMetaToScalarType(impl(tensor)->dtype()));
}

ctorch_device libtorch_tensor_device(ctorch_tensor tensor) noexcept {
    auto device = impl(tensor)->device();
    return {static_cast<int8_t>(device.type()), static_cast<int8_t>(device.index())};
}

bool libtorch_tensor_is_contiguous(ctorch_tensor tensor) noexcept { return impl(tensor)->is_contiguous(); }

void *libtorch_tensor_data(ctorch_tensor tensor) noexcept {
    auto *implementation = impl(tensor);
    if (!implementation->has_storage() || !implementation->device().is_cpu() || implementation->numel() == 0) {
        return nullptr;
    }
    void *data = nullptr;
    guarded([&] { data = implementation->mutable_data(); });
    return data;
}
