// The place where C++ exceptions are caught.

#pragma once

#include <ATen/core/TensorBody.h>
#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "functions.hpp"

namespace ctorch {

/// Keeps the text that `ctorch_error_message` returns on this thread.
void set_error(const char *message) noexcept;

/// Runs `body`, converts an exception to a status and keeps its text for the caller.
template <typename Body>
ctorch_status guarded(Body &&body) noexcept {
    try {
        std::forward<Body>(body)();
        return CTORCH_OK;
    } catch (const c10::OutOfMemoryError &error) {
        set_error(error.what_without_backtrace());
        return CTORCH_OUT_OF_MEMORY;
    } catch (const c10::NotImplementedError &error) {
        set_error(error.what_without_backtrace());
        return CTORCH_NOT_IMPLEMENTED;
    } catch (const c10::Error &error) {
        // LibTorch's CPU allocator reports a failed allocation as a plain error.
        const char *text = error.what_without_backtrace();
        set_error(text);
        return std::string(text).find("can't allocate memory") != std::string::npos ? CTORCH_OUT_OF_MEMORY
                                                                                     : CTORCH_OPERATOR;
    } catch (const std::bad_alloc &) {
        set_error("out of memory");
        return CTORCH_OUT_OF_MEMORY;
    } catch (const std::invalid_argument &error) {
        set_error(error.what());
        return CTORCH_INVALID_ARGUMENT;
    } catch (const std::exception &error) {
        set_error(error.what());
        return CTORCH_EXCEPTION;
    } catch (...) {
        set_error("an exception of unknown type");
        return CTORCH_UNKNOWN;
    }
}

/// A handle is the tensor's own reference-counted implementation, so no second allocation is needed.
inline ctorch_tensor wrap(at::Tensor tensor) noexcept {
    if (!tensor.defined()) {
        return nullptr;
    }
    return reinterpret_cast<ctorch_tensor>(tensor.unsafeReleaseTensorImpl());
}

/// Borrows the tensor behind a handle; the handle keeps its own reference.
inline at::Tensor borrow(ctorch_tensor handle) noexcept {
    if (handle == nullptr) {
        return at::Tensor();
    }
    auto *impl = reinterpret_cast<c10::TensorImpl *>(handle);
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::unsafe_reclaim_from_nonowning(impl));
}

inline c10::TensorImpl *impl(ctorch_tensor handle) noexcept {
    return reinterpret_cast<c10::TensorImpl *>(handle);
}

}  // namespace ctorch
