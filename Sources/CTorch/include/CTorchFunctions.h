// The functions of CTorch.h and CTorchArchive.h as a table, which connects their callers with `libApusTorch.so`.

#ifndef CTORCH_FUNCTIONS_H
#define CTORCH_FUNCTIONS_H

#include "CTorch.h"
#include "CTorchArchive.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The version of the table. Raise it when the list or a signature changes.
#define CTORCH_TABLE_VERSION 1

/// Calls `F(result, name, (parameters), (arguments))` for each function that LibTorch is needed for, the name without
/// `ctorch_`.
#define CTORCH_FUNCTIONS(F)                                                                                           \
    F(const char *, error_message, (void), ())                                                                        \
    F(ctorch_status, tensor_from_bytes,                                                                               \
      (const void *bytes, size_t byte_count, const int64_t *shape, size_t rank, ctorch_dtype dtype,                   \
       ctorch_tensor *out),                                                                                           \
      (bytes, byte_count, shape, rank, dtype, out))                                                                   \
    F(void, tensor_release, (ctorch_tensor tensor), (tensor))                                                         \
    F(int64_t, tensor_rank, (ctorch_tensor tensor), (tensor))                                                         \
    F(int64_t, tensor_size, (ctorch_tensor tensor, int64_t dimension), (tensor, dimension))                           \
    F(int64_t, tensor_stride, (ctorch_tensor tensor, int64_t dimension), (tensor, dimension))                         \
    F(int64_t, tensor_element_count, (ctorch_tensor tensor), (tensor))                                                \
    F(int64_t, tensor_storage_offset, (ctorch_tensor tensor), (tensor))                                               \
    F(size_t, tensor_storage_byte_count, (ctorch_tensor tensor), (tensor))                                            \
    F(const void *, tensor_storage_identity, (ctorch_tensor tensor), (tensor))                                        \
    F(ctorch_dtype, tensor_dtype, (ctorch_tensor tensor), (tensor))                                                   \
    F(ctorch_device, tensor_device, (ctorch_tensor tensor), (tensor))                                                 \
    F(bool, tensor_is_contiguous, (ctorch_tensor tensor), (tensor))                                                   \
    F(void *, tensor_data, (ctorch_tensor tensor), (tensor))                                                          \
    F(ctorch_status, operator_find, (const char *name, const char *overload, ctorch_operator *out),                   \
      (name, overload, out))                                                                                          \
    F(ctorch_stack, stack_new, (void), ())                                                                            \
    F(void, stack_free, (ctorch_stack stack), (stack))                                                                \
    F(void, push_none, (ctorch_stack stack), (stack))                                                                 \
    F(void, push_default, (ctorch_stack stack), (stack))                                                              \
    F(void, push_bool, (ctorch_stack stack, bool value), (stack, value))                                              \
    F(void, push_int, (ctorch_stack stack, int64_t value), (stack, value))                                            \
    F(void, push_double, (ctorch_stack stack, double value), (stack, value))                                          \
    F(void, push_string, (ctorch_stack stack, const char *value), (stack, value))                                     \
    F(void, push_device, (ctorch_stack stack, ctorch_device value), (stack, value))                                   \
    F(void, push_tensor, (ctorch_stack stack, ctorch_tensor value), (stack, value))                                   \
    F(void, push_bools, (ctorch_stack stack, const bool *values, size_t count), (stack, values, count))               \
    F(void, push_ints, (ctorch_stack stack, const int64_t *values, size_t count), (stack, values, count))             \
    F(void, push_doubles, (ctorch_stack stack, const double *values, size_t count), (stack, values, count))           \
    F(void, push_tensors, (ctorch_stack stack, const ctorch_tensor *values, size_t count), (stack, values, count))    \
    F(ctorch_status, call, (ctorch_operator op, ctorch_stack stack), (op, stack))                                     \
    F(size_t, result_count, (ctorch_stack stack), (stack))                                                            \
    F(ctorch_status, result_tensor, (ctorch_stack stack, size_t index, ctorch_tensor *out), (stack, index, out))      \
    F(ctorch_status, result_double, (ctorch_stack stack, size_t index, double *out), (stack, index, out))             \
    F(ctorch_status, result_int, (ctorch_stack stack, size_t index, int64_t *out), (stack, index, out))               \
    F(bool, requires_grad, (ctorch_tensor tensor), (tensor))                                                          \
    F(ctorch_status, set_requires_grad, (ctorch_tensor tensor, bool value), (tensor, value))                          \
    F(ctorch_status, grad, (ctorch_tensor tensor, ctorch_tensor *out), (tensor, out))                                 \
    F(ctorch_status, set_grad, (ctorch_tensor tensor, ctorch_tensor gradient), (tensor, gradient))                    \
    F(ctorch_status, set_data, (ctorch_tensor tensor, ctorch_tensor data), (tensor, data))                            \
    F(ctorch_status, backward, (ctorch_tensor tensor, ctorch_tensor gradient, bool retain_graph, bool create_graph),  \
      (tensor, gradient, retain_graph, create_graph))                                                                 \
    F(ctorch_status, gradients,                                                                                       \
      (ctorch_tensor output, const ctorch_tensor *inputs, size_t count, bool retain_graph, bool create_graph,         \
      ctorch_tensor *out),                                                                                            \
      (output, inputs, count, retain_graph, create_graph, out))                                                       \
    F(bool, grad_mode, (void), ())                                                                                    \
    F(void, set_grad_mode, (bool enabled), (enabled))                                                                 \
    F(void *, inference_mode_enter, (void), ())                                                                       \
    F(void, inference_mode_leave, (void *guard), (guard))                                                             \
    F(ctorch_status, autocast_get, (int8_t device_type, ctorch_autocast *out), (device_type, out))                    \
    F(ctorch_status, autocast_set, (int8_t device_type, ctorch_autocast state), (device_type, state))                 \
    F(ctorch_status, autocast_nest, (int change), (change))                                                           \
    F(const char *, version, (void), ())                                                                              \
    F(ctorch_status, manual_seed, (uint64_t seed), (seed))                                                            \
    F(ctorch_status, random_state, (ctorch_device device, ctorch_tensor *out), (device, out))                         \
    F(ctorch_status, set_random_state, (ctorch_device device, ctorch_tensor state), (device, state))                  \
    F(ctorch_status, set_deterministic, (bool enabled), (enabled))                                                    \
    F(bool, is_deterministic, (void), ())                                                                             \
    F(int, thread_count, (void), ())                                                                                  \
    F(ctorch_status, set_thread_count, (int count), (count))                                                          \
    F(int, cuda_device_count, (void), ())                                                                             \
    F(bool, cuda_device_name, (int8_t index, char *name, int32_t size), (index, name, size))                          \
    F(ctorch_status, cuda_synchronize, (int8_t index), (index))                                                       \
    F(ctorch_status, archive_writer_open, (ctorch_archive_sink sink, void *context, ctorch_archive_writer *out),      \
      (sink, context, out))                                                                                           \
    F(ctorch_status, archive_writer_add,                                                                              \
      (ctorch_archive_writer writer, const char *name, const void *bytes, size_t count),                              \
      (writer, name, bytes, count))                                                                                   \
    F(ctorch_status, archive_writer_finish, (ctorch_archive_writer writer), (writer))                                 \
    F(void, archive_writer_close, (ctorch_archive_writer writer), (writer))

/// The functions; none is NULL.
typedef struct ctorch_functions {
    uint64_t table_version;
#define CTORCH_POINTER(result, name, parameters, arguments) result(*name) parameters;
    CTORCH_FUNCTIONS(CTORCH_POINTER)
#undef CTORCH_POINTER
} ctorch_functions;

#ifdef __cplusplus
}
#endif

#endif
