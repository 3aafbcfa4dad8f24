// The functions of CTorch.h, CTorchArchive.h and CTorchDistributed.h as a table, which connects their callers with
// `libApusTorch.so`.

#ifndef CTORCH_FUNCTIONS_H
#define CTORCH_FUNCTIONS_H

#include "CTorch.h"
#include "CTorchArchive.h"
#include "CTorchDistributed.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The version of the table. Raise it when the list or a signature changes.
#define CTORCH_TABLE_VERSION 2

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
    F(void, archive_writer_close, (ctorch_archive_writer writer), (writer))                                           \
    F(ctorch_status, store_open_tcp,                                                                                  \
      (const char *host, uint16_t port, bool is_host, int64_t milliseconds, ctorch_store *out),                       \
      (host, port, is_host, milliseconds, out))                                                                       \
    F(ctorch_status, store_open_file, (const char *path, int64_t milliseconds, ctorch_store *out),                    \
      (path, milliseconds, out))                                                                                      \
    F(void, store_close, (ctorch_store store), (store))                                                               \
    F(ctorch_status, store_add_prefix, (ctorch_store store, const char *prefix), (store, prefix))                     \
    F(ctorch_status, store_set, (ctorch_store store, const char *key, const void *bytes, size_t count),               \
      (store, key, bytes, count))                                                                                     \
    F(ctorch_status, store_set_once, (ctorch_store store, const char *key, const void *bytes, size_t count),          \
      (store, key, bytes, count))                                                                                     \
    F(ctorch_status, store_get,                                                                                       \
      (ctorch_store store, const char *key, void *bytes, size_t capacity, size_t *count),                             \
      (store, key, bytes, capacity, count))                                                                           \
    F(ctorch_status, store_has, (ctorch_store store, const char *key, bool *out), (store, key, out))                  \
    F(bool, local_address, (const char *host, char *address, size_t capacity), (host, address, capacity))             \
    F(ctorch_status, group_open,                                                                                      \
      (ctorch_store store, int rank, int count, const char *interface, const char *address, ctorch_device device,     \
       int64_t milliseconds, ctorch_group *out),                                                                      \
      (store, rank, count, interface, address, device, milliseconds, out))                                            \
    F(void, group_close, (ctorch_group group), (group))                                                               \
    F(bool, group_has_nccl, (ctorch_group group), (group))                                                            \
    F(ctorch_status, group_broadcast, (ctorch_group group, const ctorch_tensor *tensors, size_t count, int root),     \
      (group, tensors, count, root))                                                                                  \
    F(ctorch_status, group_all_reduce,                                                                                \
      (ctorch_group group, ctorch_tensor tensor, ctorch_reduction reduction, ctorch_work *out),                       \
      (group, tensor, reduction, out))                                                                                \
    F(ctorch_status, work_wait, (ctorch_work work), (work))                                                           \
    F(void, work_free, (ctorch_work work), (work))                                                                    \
    F(ctorch_status, group_all_gather, (ctorch_group group, ctorch_tensor tensor, ctorch_tensor *out),                \
      (group, tensor, out))                                                                                           \
    F(ctorch_status, group_barrier, (ctorch_group group), (group))                                                    \
    F(ctorch_status, group_sum, (ctorch_group group, ctorch_tensor tensor, ctorch_tensor *out), (group, tensor, out)) \
    F(ctorch_status, reducer_open,                                                                                    \
      (ctorch_group group, const ctorch_tensor *parameters, const char *const *names, size_t count,                   \
       int64_t bucket_bytes, bool finds_unused, ctorch_dtype compression, ctorch_reducer *out),                       \
      (group, parameters, names, count, bucket_bytes, finds_unused, compression, out))                                \
    F(void, reducer_close, (ctorch_reducer reducer), (reducer))                                                       \
    F(ctorch_status, reducer_begin_forward, (ctorch_reducer reducer), (reducer))                                      \
    F(ctorch_status, reducer_begin_backward, (ctorch_reducer reducer, ctorch_tensor loss), (reducer, loss))

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
