// Process groups of LibTorch's c10d: a store where processes meet, collectives, and the reducer of gradients.
//
// Statuses and messages are those of CTorch.h. Functions of a store may be called on any thread, one at a time; the
// others on the thread of tensors.

#ifndef CTORCH_DISTRIBUTED_H
#define CTORCH_DISTRIBUTED_H

#include "CTorch.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Store

typedef struct ctorch_store_impl *ctorch_store;

/// Connects to the store at this address, or hosts it there. Waits for it at most `milliseconds`, as does each later
/// call.
ctorch_status ctorch_store_open_tcp(const char *host, uint16_t port, bool is_host, int64_t milliseconds,
                                    ctorch_store *out) CTORCH_NOEXCEPT;
/// Opens a store in a file that all processes reach. It is created if it is missing, and never removed.
ctorch_status ctorch_store_open_file(const char *path, int64_t milliseconds, ctorch_store *out) CTORCH_NOEXCEPT;
void ctorch_store_close(ctorch_store store) CTORCH_NOEXCEPT;
/// Puts a prefix before every key from now on, after those that were set before.
ctorch_status ctorch_store_add_prefix(ctorch_store store, const char *prefix) CTORCH_NOEXCEPT;
ctorch_status ctorch_store_set(ctorch_store store, const char *key, const void *bytes, size_t count) CTORCH_NOEXCEPT;
/// Sets a value unless the key has one.
ctorch_status ctorch_store_set_once(ctorch_store store, const char *key, const void *bytes,
                                    size_t count) CTORCH_NOEXCEPT;
/// Waits for a value, writes at most `capacity` bytes of it, and its size.
ctorch_status ctorch_store_get(ctorch_store store, const char *key, void *bytes, size_t capacity,
                               size_t *count) CTORCH_NOEXCEPT;
/// Whether a key has a value. Does not wait.
ctorch_status ctorch_store_has(ctorch_store store, const char *key, bool *out) CTORCH_NOEXCEPT;

/// Writes the address of the network interface by which this machine reaches a host, such as "10.0.0.1", with a zero at
/// its end. Returns false if the host is unknown or can't be reached.
bool ctorch_local_address(const char *host, char *address, size_t capacity) CTORCH_NOEXCEPT;

// MARK: Collectives

typedef struct ctorch_group_impl *ctorch_group;
typedef struct ctorch_work_impl *ctorch_work;

/// Connects this process with the `count - 1` others that use the same store: with Gloo, on the network interface with
/// this name, or with this address if the name is NULL, and for tensors on a CUDA device with NCCL if LibTorch has it.
ctorch_status ctorch_group_open(ctorch_store store, int rank, int count, const char *interface, const char *address,
                                ctorch_device device, int64_t milliseconds, ctorch_group *out) CTORCH_NOEXCEPT;
/// Closes the connections. Waits for collectives that have started.
void ctorch_group_close(ctorch_group group) CTORCH_NOEXCEPT;
/// Whether tensors on CUDA devices are exchanged by NCCL.
bool ctorch_group_has_nccl(ctorch_group group) CTORCH_NOEXCEPT;
/// Replaces the elements of the tensors with those of one rank.
ctorch_status ctorch_group_broadcast(ctorch_group group, const ctorch_tensor *tensors, size_t count,
                                     int root) CTORCH_NOEXCEPT;

typedef enum ctorch_reduction {
    CTORCH_SUM = 0,
    CTORCH_AVERAGE = 1,
    CTORCH_MINIMUM = 3,
    CTORCH_MAXIMUM = 4
} ctorch_reduction;

/// Starts to replace the elements of a tensor with their reduction over all ranks.
ctorch_status ctorch_group_all_reduce(ctorch_group group, ctorch_tensor tensor, ctorch_reduction reduction,
                                      ctorch_work *out) CTORCH_NOEXCEPT;
/// Waits for the end of the operation.
ctorch_status ctorch_work_wait(ctorch_work work) CTORCH_NOEXCEPT;
void ctorch_work_free(ctorch_work work) CTORCH_NOEXCEPT;
/// Writes the tensors of all ranks, which have the same shape and type, in `out` (space for one of each rank).
ctorch_status ctorch_group_all_gather(ctorch_group group, ctorch_tensor tensor, ctorch_tensor *out) CTORCH_NOEXCEPT;
ctorch_status ctorch_group_barrier(ctorch_group group) CTORCH_NOEXCEPT;
/// The sum over all ranks as a new tensor. It is recorded for gradients, whose sum is computed in the same way.
ctorch_status ctorch_group_sum(ctorch_group group, ctorch_tensor tensor, ctorch_tensor *out) CTORCH_NOEXCEPT;

// MARK: Gradients

typedef struct ctorch_reducer_impl *ctorch_reducer;

/// Lets the backward pass average the gradients of these parameters over all ranks.
///
/// @param names Their names, for messages.
/// @param bucket_bytes The size from which on gradients are sent together.
/// @param finds_unused Whether a parameter may have no part in a loss.
/// @param compression The type in which gradients are sent (`c10::ScalarType`), or -1 for their own.
ctorch_status ctorch_reducer_open(ctorch_group group, const ctorch_tensor *parameters, const char *const *names,
                                  size_t count, int64_t bucket_bytes, bool finds_unused, ctorch_dtype compression,
                                  ctorch_reducer *out) CTORCH_NOEXCEPT;
void ctorch_reducer_close(ctorch_reducer reducer) CTORCH_NOEXCEPT;
/// Call before a forward pass whose gradients are to be averaged.
ctorch_status ctorch_reducer_begin_forward(ctorch_reducer reducer) CTORCH_NOEXCEPT;
/// Call after it, before the backward pass.
ctorch_status ctorch_reducer_begin_backward(ctorch_reducer reducer, ctorch_tensor loss) CTORCH_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
