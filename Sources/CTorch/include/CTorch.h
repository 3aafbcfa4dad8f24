// The C interface to LibTorch: tensor handles, operators by name, autograd, random state, threads, devices.
//
// Every function that can fail returns a `ctorch_status`. `ctorch_error_message()` returns the message until the next
// failure on the same thread. No C++ exception leaves a function declared here.
// The caller owns a returned `ctorch_tensor` and frees it with `ctorch_tensor_release`.

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

// MARK: Loading

/// Loads LibTorch: a program that is linked with it has it already; others open `libApusTorch.so`, from the folder in
/// the environment variable `APUS_LIBTORCH` or from the loader's search path. Returns false if that fails, and writes
/// what completes "LibTorch ...": "is not installed: ...". Every function below except those of this section loads it,
/// and ends the process if it can't.
bool ctorch_load(char *reason, size_t capacity) CTORCH_NOEXCEPT;
/// Whether LibTorch is loaded.
bool ctorch_is_loaded(void) CTORCH_NOEXCEPT;
/// Sets the number of threads, now or when LibTorch is loaded.
ctorch_status ctorch_limit_threads(int count) CTORCH_NOEXCEPT;
/// Makes the allocator keep large freed blocks for the rest of the process. Has no effect without glibc.
void ctorch_keep_freed_memory(void) CTORCH_NOEXCEPT;

/// The message of the last call on this thread that did not return `CTORCH_OK`.
const char *ctorch_error_message(void) CTORCH_NOEXCEPT;

// MARK: Tensors

/// Element types, with the numbers of `c10::ScalarType`.
typedef int8_t ctorch_dtype;
/// Kinds of devices, with the numbers of `c10::DeviceType`; `index` -1 is the current one.
typedef struct ctorch_device {
    int8_t type;
    int8_t index;
} ctorch_device;

/// Creates a CPU tensor with a copy of `byte_count` bytes; NULL `bytes` leaves its memory uninitialized.
ctorch_status ctorch_tensor_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank,
                                       ctorch_dtype dtype, ctorch_tensor *out) CTORCH_NOEXCEPT;
void ctorch_tensor_release(ctorch_tensor tensor) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_rank(ctorch_tensor tensor) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_size(ctorch_tensor tensor, int64_t dimension) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_stride(ctorch_tensor tensor, int64_t dimension) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_element_count(ctorch_tensor tensor) CTORCH_NOEXCEPT;
int64_t ctorch_tensor_storage_offset(ctorch_tensor tensor) CTORCH_NOEXCEPT;
size_t ctorch_tensor_storage_byte_count(ctorch_tensor tensor) CTORCH_NOEXCEPT;
/// The address of the storage: equal for two tensors that share it.
const void *ctorch_tensor_storage_identity(ctorch_tensor tensor) CTORCH_NOEXCEPT;
ctorch_dtype ctorch_tensor_dtype(ctorch_tensor tensor) CTORCH_NOEXCEPT;
ctorch_device ctorch_tensor_device(ctorch_tensor tensor) CTORCH_NOEXCEPT;
bool ctorch_tensor_is_contiguous(ctorch_tensor tensor) CTORCH_NOEXCEPT;
/// The address of the first element, at the tensor's storage offset; NULL if the tensor has no memory on the CPU.
void *ctorch_tensor_data(ctorch_tensor tensor) CTORCH_NOEXCEPT;

// MARK: Operators

/// Looks up `name` (`"aten::add"`) and `overload` (`"Tensor"`, or empty) in the dispatcher. The result is valid
/// forever.
ctorch_status ctorch_operator_find(const char *name, const char *overload, ctorch_operator *out) CTORCH_NOEXCEPT;

/// The arguments of one call, and afterwards its results.
ctorch_stack ctorch_stack_new(void) CTORCH_NOEXCEPT;
void ctorch_stack_free(ctorch_stack stack) CTORCH_NOEXCEPT;
void ctorch_push_none(ctorch_stack stack) CTORCH_NOEXCEPT;
/// Pushes a placeholder for the schema's default value.
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
/// Pushes a list of tensors. NULL is `None` (an index that selects a whole dimension).
void ctorch_push_tensors(ctorch_stack stack, const ctorch_tensor *values, size_t count) CTORCH_NOEXCEPT;

/// Calls the operator on the pushed arguments; missing ones take the schema's defaults. The results replace them.
ctorch_status ctorch_call(ctorch_operator op, ctorch_stack stack) CTORCH_NOEXCEPT;

/// The number of results of the call. Each tensor of a list counts.
size_t ctorch_result_count(ctorch_stack stack) CTORCH_NOEXCEPT;
/// Result `index` as a tensor; NULL in `out` if it is undefined or not a tensor.
ctorch_status ctorch_result_tensor(ctorch_stack stack, size_t index, ctorch_tensor *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_result_double(ctorch_stack stack, size_t index, double *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_result_int(ctorch_stack stack, size_t index, int64_t *out) CTORCH_NOEXCEPT;

// MARK: Autograd

bool ctorch_requires_grad(ctorch_tensor tensor) CTORCH_NOEXCEPT;
ctorch_status ctorch_set_requires_grad(ctorch_tensor tensor, bool value) CTORCH_NOEXCEPT;
/// The accumulated gradient; NULL in `out` if there is none.
ctorch_status ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out) CTORCH_NOEXCEPT;
/// Replaces the accumulated gradient; NULL clears it.
ctorch_status ctorch_set_grad(ctorch_tensor tensor, ctorch_tensor gradient) CTORCH_NOEXCEPT;
/// Replaces the storage, shape, dtype and device of `tensor` with those of `data`, like an assignment to PyTorch's
/// `.data`.
ctorch_status ctorch_set_data(ctorch_tensor tensor, ctorch_tensor data) CTORCH_NOEXCEPT;
ctorch_status ctorch_backward(ctorch_tensor tensor, ctorch_tensor gradient, bool retain_graph,
                              bool create_graph) CTORCH_NOEXCEPT;
/// The gradients of `output` with respect to `inputs`, in `out` (space for `count`; NULL if unused).
ctorch_status ctorch_gradients(ctorch_tensor output, const ctorch_tensor *inputs, size_t count, bool retain_graph,
                               bool create_graph, ctorch_tensor *out) CTORCH_NOEXCEPT;

bool ctorch_grad_mode(void) CTORCH_NOEXCEPT;
void ctorch_set_grad_mode(bool enabled) CTORCH_NOEXCEPT;
/// Enters inference mode on this thread. Releasing the guard ends it.
void *ctorch_inference_mode_enter(void) CTORCH_NOEXCEPT;
void ctorch_inference_mode_leave(void *guard) CTORCH_NOEXCEPT;

typedef struct ctorch_autocast {
    bool enabled;
    ctorch_dtype dtype;
} ctorch_autocast;

/// The autocast state of one kind of device on this thread.
ctorch_status ctorch_autocast_get(int8_t device_type, ctorch_autocast *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_autocast_set(int8_t device_type, ctorch_autocast state) CTORCH_NOEXCEPT;
/// Enters (+1) or leaves (-1) an autocast scope. The cache of cast weights is cleared when the last scope ends.
ctorch_status ctorch_autocast_nest(int change) CTORCH_NOEXCEPT;

// MARK: Runtime

const char *ctorch_version(void) CTORCH_NOEXCEPT;
ctorch_status ctorch_manual_seed(uint64_t seed) CTORCH_NOEXCEPT;
/// The state of a device's generator as a tensor of bytes, as `torch.get_rng_state` returns it.
ctorch_status ctorch_random_state(ctorch_device device, ctorch_tensor *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_set_random_state(ctorch_device device, ctorch_tensor state) CTORCH_NOEXCEPT;
/// Restricts CUDA to deterministic kernels. An operator without one then fails.
ctorch_status ctorch_set_deterministic(bool enabled) CTORCH_NOEXCEPT;
bool ctorch_is_deterministic(void) CTORCH_NOEXCEPT;
int ctorch_thread_count(void) CTORCH_NOEXCEPT;
ctorch_status ctorch_set_thread_count(int count) CTORCH_NOEXCEPT;
/// Opens LibTorch's CUDA library if it is next to the CPU library. Returns the number of usable devices.
int ctorch_cuda_device_count(void) CTORCH_NOEXCEPT;
/// Writes the name of a CUDA device, such as "NVIDIA H200", with a zero at its end. Returns false if it is unknown.
bool ctorch_cuda_device_name(int8_t index, char *name, int32_t size) CTORCH_NOEXCEPT;
/// Waits until all queued work of a CUDA device is done.
ctorch_status ctorch_cuda_synchronize(int8_t index) CTORCH_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
