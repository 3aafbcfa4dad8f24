// The C surface of LibTorch: tensor handles, operators by name, autograd, random state, threads, devices.
//
// Every function that can fail returns a `ctorch_status`; the text of the failure waits in `ctorch_error_message()`
// until the next failure on the same thread. No C++ exception leaves a function declared here.
// A `ctorch_tensor` that a function hands out is owned by the caller, who frees it with `ctorch_tensor_release`.

#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CTORCH_NOEXCEPT noexcept
extern "C" {
#else
#define CTORCH_NOEXCEPT
#endif

typedef enum ctorch_status {
    CTORCH_OK = 0,
    CTORCH_OUT_OF_MEMORY = 1,
    CTORCH_INVALID_ARGUMENT = 2,
    CTORCH_NOT_IMPLEMENTED = 3,
    CTORCH_OPERATOR = 4,
    CTORCH_EXCEPTION = 5,
    CTORCH_UNKNOWN = 6
} ctorch_status;

typedef struct ctorch_tensor_impl *ctorch_tensor;
typedef const struct ctorch_operator_entry *ctorch_operator;
typedef struct ctorch_argument_stack *ctorch_stack;

/// What went wrong in the last call on this thread that did not return `CTORCH_OK`.
const char *ctorch_error_message(void) CTORCH_NOEXCEPT;

// MARK: Tensors

/// Element types, by the numbers of `c10::ScalarType`.
typedef int8_t ctorch_dtype;
/// Kinds of device, by the numbers of `c10::DeviceType`; `index` -1 is the current one.
typedef struct ctorch_device {
    int8_t type;
    int8_t index;
} ctorch_device;

/// A tensor on the CPU that owns a copy of `byte_count` bytes; NULL `bytes` leaves its memory uninitialised.
ctorch_status ctorch_tensor_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank,
                                       ctorch_dtype dtype, ctorch_tensor *out) CTORCH_NOEXCEPT;
void ctorch_tensor_release(ctorch_tensor tensor) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_rank(ctorch_tensor tensor) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_size(ctorch_tensor tensor, int64_t dimension) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_stride(ctorch_tensor tensor, int64_t dimension) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_element_count(ctorch_tensor tensor) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_storage_offset(ctorch_tensor tensor) CTORCH_NOEXCEPT;
size_t ctorch_tensor_storage_byte_count(ctorch_tensor tensor) CTORCH_NOEXCEPT;
/// The address that tells whether two tensors share one storage.
const void *ctorch_tensor_storage_identity(ctorch_tensor tensor) CTORCH_NOEXCEPT;
ctorch_dtype ctorch_tensor_dtype(ctorch_tensor tensor) CTORCH_NOEXCEPT;
ctorch_device ctorch_tensor_device(ctorch_tensor tensor) CTORCH_NOEXCEPT;
bool ctorch_tensor_is_contiguous(ctorch_tensor tensor) CTORCH_NOEXCEPT;
/// The first element, at the tensor's storage offset; NULL where the tensor has no memory on the CPU.
void *ctorch_tensor_data(ctorch_tensor tensor) CTORCH_NOEXCEPT;

// MARK: Operators

/// Looks `name` (`"aten::add"`) and `overload` (`"Tensor"`, or empty) up in the dispatcher. The result lives for ever.
ctorch_status ctorch_operator_find(const char *name, const char *overload, ctorch_operator *out) CTORCH_NOEXCEPT;

/// The arguments of one call, then its results.
ctorch_stack ctorch_stack_new(void) CTORCH_NOEXCEPT;
void ctorch_stack_free(ctorch_stack stack) CTORCH_NOEXCEPT;
void ctorch_push_none(ctorch_stack stack) CTORCH_NOEXCEPT;
/// The schema's default value stands in this place.
void ctorch_push_default(ctorch_stack stack) CTORCH_NOEXCEPT;
void ctorch_push_bool(ctorch_stack stack, bool value) CTORCH_NOEXCEPT;
void ctorch_push_int(ctorch_stack stack, int64_t value) CTORCH_NOEXCEPT;
void ctorch_push_double(ctorch_stack stack, double value) CTORCH_NOEXCEPT;
void ctorch_push_string(ctorch_stack stack, const char *value) CTORCH_NOEXCEPT;
void ctorch_push_device(ctorch_stack stack, ctorch_device value) CTORCH_NOEXCEPT;
void ctorch_push_tensor(ctorch_stack stack, ctorch_tensor value) CTORCH_NOEXCEPT;
void ctorch_push_bools(ctorch_stack stack, const bool *values, size_t count) CTORCH_NOEXCEPT;
void ctorch_push_ints(ctorch_stack stack, const int64_t *values, size_t count) CTORCH_NOEXCEPT;
void ctorch_push_doubles(ctorch_stack stack, const double *values, size_t count) CTORCH_NOEXCEPT;
/// A list of tensors; a NULL in it is `None` (an index that leaves its dimension whole).
void ctorch_push_tensors(ctorch_stack stack, const ctorch_tensor *values, size_t count) CTORCH_NOEXCEPT;

/// Calls the operator on the pushed arguments; missing ones take the schema's defaults. The results replace them.
ctorch_status ctorch_call(ctorch_operator op, ctorch_stack stack) CTORCH_NOEXCEPT;

/// How many results the call left; a result that is a list of tensors counts as so many.
size_t ctorch_result_count(ctorch_stack stack) CTORCH_NOEXCEPT;
/// Result `index` as a tensor; NULL in `out` where it is an undefined tensor or none.
ctorch_status ctorch_result_tensor(ctorch_stack stack, size_t index, ctorch_tensor *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_result_double(ctorch_stack stack, size_t index, double *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_result_int(ctorch_stack stack, size_t index, int64_t *out) CTORCH_NOEXCEPT;

// MARK: Autograd

bool ctorch_requires_grad(ctorch_tensor tensor) CTORCH_NOEXCEPT;
ctorch_status ctorch_set_requires_grad(ctorch_tensor tensor, bool value) CTORCH_NOEXCEPT;
/// The accumulated gradient; NULL in `out` where there is none.
ctorch_status ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out) CTORCH_NOEXCEPT;
/// Replaces the accumulated gradient; NULL clears it.
ctorch_status ctorch_set_grad(ctorch_tensor tensor, ctorch_tensor gradient) CTORCH_NOEXCEPT;
/// Gives `tensor` the storage, shape, dtype and device of `data`, as an assignment to PyTorch's `.data` does.
ctorch_status ctorch_set_data(ctorch_tensor tensor, ctorch_tensor data) CTORCH_NOEXCEPT;
ctorch_status ctorch_backward(ctorch_tensor tensor, ctorch_tensor gradient, bool retain_graph,
                              bool create_graph) CTORCH_NOEXCEPT;
/// Gradients of `output` with respect to `inputs`, into `out` (room for `count`; NULL where unused).
ctorch_status ctorch_gradients(ctorch_tensor output, const ctorch_tensor *inputs, size_t count, bool retain_graph,
                               bool create_graph, ctorch_tensor *out) CTORCH_NOEXCEPT;

bool ctorch_grad_mode(void) CTORCH_NOEXCEPT;
void ctorch_set_grad_mode(bool enabled) CTORCH_NOEXCEPT;
/// Enters inference mode on this thread; the guard ends it.
void *ctorch_inference_mode_enter(void) CTORCH_NOEXCEPT;
void ctorch_inference_mode_leave(void *guard) CTORCH_NOEXCEPT;

typedef struct ctorch_autocast {
    bool enabled;
    ctorch_dtype dtype;
} ctorch_autocast;

/// The autocast state of one kind of device on this thread.
ctorch_status ctorch_autocast_get(int8_t device_type, ctorch_autocast *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_autocast_set(int8_t device_type, ctorch_autocast state) CTORCH_NOEXCEPT;
/// Nests (+1) or ends (-1) an autocast scope; the cache of cast weights is dropped when the last scope ends.
ctorch_status ctorch_autocast_nest(int change) CTORCH_NOEXCEPT;

// MARK: Runtime

const char *ctorch_version(void) CTORCH_NOEXCEPT;
ctorch_status ctorch_manual_seed(uint64_t seed) CTORCH_NOEXCEPT;
/// The state of a device's generator as a tensor of bytes, as `torch.get_rng_state` gives it.
ctorch_status ctorch_random_state(ctorch_device device, ctorch_tensor *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_set_random_state(ctorch_device device, ctorch_tensor state) CTORCH_NOEXCEPT;
/// Lets CUDA take only kernels that give the same bits for the same numbers. An operator without one then fails.
ctorch_status ctorch_set_deterministic(bool enabled) CTORCH_NOEXCEPT;
bool ctorch_is_deterministic(void) CTORCH_NOEXCEPT;
int ctorch_thread_count(void) CTORCH_NOEXCEPT;
ctorch_status ctorch_set_thread_count(int count) CTORCH_NOEXCEPT;
/// Has the allocator keep large blocks that are freed, for the process's further life; nothing where it is not glibc's.
void ctorch_keep_freed_memory(void) CTORCH_NOEXCEPT;
/// Opens LibTorch's CUDA library where it lies beside the CPU one; the number of devices that can be used.
int ctorch_cuda_device_count(void) CTORCH_NOEXCEPT;
/// Waits until all work queued on a CUDA device is done.
ctorch_status ctorch_cuda_synchronize(int8_t index) CTORCH_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
