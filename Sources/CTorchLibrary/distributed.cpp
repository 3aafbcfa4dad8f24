// Process groups on c10d: the store, collectives with Gloo and NCCL, and the reducer of gradients.

#define USE_C10D_GLOO

#include <c10/util/Logging.h>
#include <dlfcn.h>
#include <netdb.h>
#include <sys/socket.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#include "guard.hpp"

using ctorch::borrow;
using ctorch::guarded;

using Group = c10::intrusive_ptr<c10d::ProcessGroup>;
using Store = c10::intrusive_ptr<c10d::Store>;

struct ctorch_store_impl {
    Store store;
};

struct ctorch_group_impl {
    Group group;
    bool has_nccl;
};

/// An all-reduce: the memory that is sent, and the tensor that gets the result.
struct ctorch_work_impl {
    c10::intrusive_ptr<c10d::Work> work;
    at::Tensor sent, target;
    int divisor;
};

struct ctorch_reducer_impl {
    std::unique_ptr<c10d::Reducer> reducer;
};

namespace {

constexpr size_t broadcast_bytes = 25 << 20;

/// Ends c10d's own messages, with traces of C++ functions, unless the user has chosen a level: errors report the same.
void quiet_log() {
    static const bool is_chosen = std::getenv("TORCH_CPP_LOG_LEVEL") != nullptr;
    if (!is_chosen) {
        FLAGS_caffe2_log_level = c10::GLOG_FATAL;
        c10::UpdateLoggingLevelsFromFlags();
    }
}

std::vector<uint8_t> bytes_of(const void *bytes, size_t count) {
    const auto *first = static_cast<const uint8_t *>(bytes);
    return {first, first + count};
}

/// The backend of NCCL in LibTorch's CUDA library; null if that is not loaded or has none.
///
/// The class is not declared here, because its header needs those of CUDA and NCCL: so the same binary works with and
/// without CUDA. Its constructors are found by name. All else are virtual functions of its first base class.
c10::intrusive_ptr<c10d::Backend> nccl_backend(const Store &store, int rank, int count,
                                               std::chrono::milliseconds timeout) {
    void *library = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_NOLOAD);
    if (library == nullptr) {
        return {};
    }
    // A smart pointer is passed by value as its address, as a reference is.
    const auto make_options =
        reinterpret_cast<void (*)(void *, bool)>(dlsym(library, "_ZN4c10d16ProcessGroupNCCL7OptionsC1Eb"));
    const auto make = reinterpret_cast<void (*)(void *, const Store *, int, int, const void *)>(
        dlsym(library, "_ZN4c10d16ProcessGroupNCCLC1EN3c1013intrusive_ptrINS_5StoreENS1_6detail34intrusive_target_"
                       "default_null_typeIS3_EEEEiiNS2_INS0_7OptionsENS5_IS8_EEEE"));
    if (make_options == nullptr || make == nullptr) {
        return {};
    }
    // Many times the sizes of both objects. They free their memory themselves.
    const auto allocate = [] {
        constexpr size_t size = 64 << 10;
        return std::memset(::operator new(size), 0, size);
    };
    void *options_memory = allocate();
    make_options(options_memory, false);
    auto options = c10::intrusive_ptr<c10d::Backend::Options>::unsafe_steal_from_new(
        static_cast<c10d::Backend::Options *>(options_memory));
    options->timeout = timeout;
    void *memory = allocate();
    make(memory, &store, rank, count, &options);
    return c10::intrusive_ptr<c10d::Backend>::unsafe_steal_from_new(static_cast<c10d::Backend *>(memory));
}

/// A group that may be closed while a graph of gradients refers to it: the last owner of a failed group would wait for
/// its operations.
struct GroupReference : torch::CustomClassHolder {
    c10::weak_intrusive_ptr<c10d::ProcessGroup> group;
    explicit GroupReference(const Group &group) : group(group) {}
};

/// The sum over all ranks. The gradient of each rank's summand is the sum of the gradients of all ranks.
struct Sum : torch::autograd::Function<Sum> {
    static at::Tensor reduced(const Group &group, const at::Tensor &tensor) {
        std::vector<at::Tensor> tensors{tensor.detach().clone(at::MemoryFormat::Contiguous)};
        group->allreduce(tensors)->wait();
        return tensors[0];
    }

    static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &tensor, const Group &group) {
        context->saved_data["group"] = c10::IValue::make_capsule(c10::make_intrusive<GroupReference>(group));
        return reduced(group, tensor);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                   const torch::autograd::variable_list &gradients) {
        const auto reference =
            c10::static_intrusive_pointer_cast<GroupReference>(context->saved_data["group"].toCapsule());
        const auto group = reference->group.lock();
        TORCH_CHECK(group.defined(), "the process group is closed");
        return {reduced(group, gradients[0]), at::Tensor()};
    }
};

/// Sends gradients in a smaller type, divided beforehand so that their sum does not overflow.
struct CompressionHook : c10d::CppCommHookInterface<Group> {
    c10::ScalarType dtype;

    CompressionHook(const Group &group, c10::ScalarType dtype) : CppCommHookInterface(group), dtype(dtype) {}

    c10::intrusive_ptr<c10::ivalue::Future> runHook(c10d::GradBucket &bucket) override {
        auto target = bucket.getBufferRef();
        std::vector<at::Tensor> tensors{target.to(dtype).div_(state_->getSize())};
        auto future = state_->allreduce(tensors)->getFuture();
        return future->then(
            [target](c10::ivalue::Future &sent) {
                target.copy_(sent.value().toTensorVector().at(0));
                return c10::IValue(target);
            },
            future->elementType());
    }
};

/// LibTorch 2.13 has more parameters than earlier versions. These are the values of PyTorch's defaults.
template <typename Reducer, typename... Arguments>
std::unique_ptr<Reducer> make_reducer(Arguments &&...arguments) {
    if constexpr (std::is_constructible_v<Reducer, Arguments..., bool, bool, std::vector<int64_t>>) {
        return std::make_unique<Reducer>(std::forward<Arguments>(arguments)..., false, false, std::vector<int64_t>());
    } else if constexpr (std::is_constructible_v<Reducer, Arguments..., bool, bool>) {
        return std::make_unique<Reducer>(std::forward<Arguments>(arguments)..., false, false);
    } else {
        return std::make_unique<Reducer>(std::forward<Arguments>(arguments)...);
    }
}

}  // namespace

ctorch_status libtorch_store_open_tcp(const char *host, uint16_t port, bool is_host, int64_t milliseconds,
                                      ctorch_store *out) noexcept {
    return guarded([&] {
        quiet_log();
        c10d::TCPStoreOptions options;
        options.port = port;
        options.isServer = is_host;
        options.waitWorkers = false;
        options.timeout = std::chrono::milliseconds(milliseconds);
        Store store = c10::make_intrusive<c10d::TCPStore>(host, options);
        *out = new ctorch_store_impl{std::move(store)};
    });
}

ctorch_status libtorch_store_open_file(const char *path, int64_t milliseconds, ctorch_store *out) noexcept {
    return guarded([&] {
        quiet_log();
        // A negative number of processes: no process removes the file.
        Store store = c10::make_intrusive<c10d::FileStore>(path, -1);
        store->setTimeout(std::chrono::milliseconds(milliseconds));
        *out = new ctorch_store_impl{std::move(store)};
    });
}

void libtorch_store_close(ctorch_store store) noexcept {
    guarded([&] { delete store; });
}

ctorch_status libtorch_store_add_prefix(ctorch_store store, const char *prefix) noexcept {
    return guarded([&] { store->store = c10::make_intrusive<c10d::PrefixStore>(prefix, std::move(store->store)); });
}

ctorch_status libtorch_store_set(ctorch_store store, const char *key, const void *bytes, size_t count) noexcept {
    return guarded([&] { store->store->set(key, bytes_of(bytes, count)); });
}

ctorch_status libtorch_store_set_once(ctorch_store store, const char *key, const void *bytes, size_t count) noexcept {
    return guarded([&] { store->store->compareSet(key, std::vector<uint8_t>(), bytes_of(bytes, count)); });
}

ctorch_status libtorch_store_get(ctorch_store store, const char *key, void *bytes, size_t capacity,
                                 size_t *count) noexcept {
    return guarded([&] {
        const auto value = store->store->get(key);
        *count = value.size();
        std::memcpy(bytes, value.data(), std::min(capacity, value.size()));
    });
}

ctorch_status libtorch_store_has(ctorch_store store, const char *key, bool *out) noexcept {
    return guarded([&] { *out = store->store->check({key}); });
}

bool libtorch_local_address(const char *host, char *address, size_t capacity) noexcept {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo *found = nullptr;
    // Any port: connecting a datagram socket sends nothing.
    if (getaddrinfo(host, "9", &hints, &found) != 0) {
        return false;
    }
    bool is_known = false;
    for (const addrinfo *entry = found; entry != nullptr && !is_known; entry = entry->ai_next) {
        const int descriptor = socket(entry->ai_family, SOCK_DGRAM, 0);
        if (descriptor < 0) {
            continue;
        }
        sockaddr_storage local{};
        socklen_t length = sizeof local;
        is_known = connect(descriptor, entry->ai_addr, entry->ai_addrlen) == 0 &&
                   getsockname(descriptor, reinterpret_cast<sockaddr *>(&local), &length) == 0 &&
                   getnameinfo(reinterpret_cast<sockaddr *>(&local), length, address, static_cast<socklen_t>(capacity),
                               nullptr, 0, NI_NUMERICHOST) == 0;
        close(descriptor);
    }
    freeaddrinfo(found);
    return is_known;
}

ctorch_status libtorch_group_open(ctorch_store store, int rank, int count, const char *interface, const char *address,
                                  ctorch_device device, int64_t milliseconds, ctorch_group *out) noexcept {
    return guarded([&] {
        using Gloo = c10d::ProcessGroupGloo;
        const std::chrono::milliseconds timeout(milliseconds);
        auto options = Gloo::Options::create(timeout);
        options->devices.push_back(interface != nullptr ? Gloo::createDeviceForInterface(interface)
                                                        : Gloo::createDeviceForHostname(address));
        auto group = c10::make_intrusive<c10d::ProcessGroup>(store->store, rank, count);
        const auto gloo = c10::make_intrusive<Gloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store->store), rank,
                                                    count, std::move(options));
        group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::GLOO, gloo);
        group->setDefaultBackend(c10d::ProcessGroup::GLOO);
        bool has_nccl = false;
        const auto type = static_cast<c10::DeviceType>(device.type);
        if (type == c10::DeviceType::CUDA) {
            const auto nccl =
                nccl_backend(c10::make_intrusive<c10d::PrefixStore>("nccl", store->store), rank, count, timeout);
            has_nccl = nccl.defined();
            if (has_nccl) {
                group->setBackend(type, c10d::ProcessGroup::NCCL, nccl);
            } else {
                group->setBackend(type, c10d::ProcessGroup::GLOO, gloo);
            }
        }
        *out = new ctorch_group_impl{std::move(group), has_nccl};
    });
}

void libtorch_group_close(ctorch_group group) noexcept {
    guarded([&] { delete group; });
}

bool libtorch_group_has_nccl(ctorch_group group) noexcept { return group->has_nccl; }

ctorch_status libtorch_group_broadcast(ctorch_group group, const ctorch_tensor *tensors, size_t count,
                                       int root) noexcept {
    return guarded([&] {
        // The same memory, without a part in the graph of gradients.
        std::vector<at::Tensor> detached;
        for (size_t i = 0; i < count; ++i) {
            detached.push_back(borrow(tensors[i]).detach());
        }
        c10d::broadcast_coalesced(group->group, detached, broadcast_bytes, root);
    });
}

ctorch_status libtorch_group_all_reduce(ctorch_group group, ctorch_tensor tensor, ctorch_reduction reduction,
                                        ctorch_work *out) noexcept {
    return guarded([&] {
        auto target = borrow(tensor).detach();
        auto sent = target.contiguous();
        std::vector<at::Tensor> tensors{sent};
        c10d::AllreduceOptions options;
        // Gloo has no average.
        const bool divides = reduction == CTORCH_AVERAGE;
        options.reduceOp = divides ? c10d::ReduceOp::SUM : static_cast<c10d::ReduceOp::RedOpType>(reduction);
        auto work = group->group->allreduce(tensors, options);
        *out = new ctorch_work_impl{std::move(work), std::move(sent), std::move(target),
                                    divides ? group->group->getSize() : 1};
    });
}

ctorch_status libtorch_work_wait(ctorch_work work) noexcept {
    return guarded([&] {
        work->work->wait();
        if (work->divisor != 1) {
            work->sent.div_(work->divisor);
        }
        if (!work->sent.is_same(work->target)) {
            work->target.copy_(work->sent);
        }
    });
}

void libtorch_work_free(ctorch_work work) noexcept {
    guarded([&] { delete work; });
}

ctorch_status libtorch_group_all_gather(ctorch_group group, ctorch_tensor tensor, ctorch_tensor *out) noexcept {
    return guarded([&] {
        std::vector<at::Tensor> inputs{borrow(tensor).detach().contiguous()};
        std::vector<std::vector<at::Tensor>> outputs(1);
        for (int rank = 0; rank < group->group->getSize(); ++rank) {
            outputs[0].push_back(at::empty_like(inputs[0]));
        }
        group->group->allgather(outputs, inputs)->wait();
        for (size_t rank = 0; rank < outputs[0].size(); ++rank) {
            out[rank] = ctorch::wrap(std::move(outputs[0][rank]));
        }
    });
}

ctorch_status libtorch_group_barrier(ctorch_group group) noexcept {
    return guarded([&] { group->group->getBackend(c10::DeviceType::CPU)->barrier()->wait(); });
}

ctorch_status libtorch_group_sum(ctorch_group group, ctorch_tensor tensor, ctorch_tensor *out) noexcept {
    return guarded([&] { *out = ctorch::wrap(Sum::apply(borrow(tensor), group->group)); });
}

ctorch_status libtorch_reducer_open(ctorch_group group, const ctorch_tensor *parameters, const char *const *names,
                                    size_t count, int64_t bucket_bytes, bool finds_unused, ctorch_dtype compression,
                                    ctorch_reducer *out) noexcept {
    return guarded([&] {
        std::vector<at::Tensor> tensors;
        std::unordered_map<size_t, std::string> named;
        for (size_t i = 0; i < count; ++i) {
            tensors.push_back(borrow(parameters[i]));
            named[i] = names[i];
        }
        c10d::verify_params_across_processes(group->group, tensors, std::nullopt);
        const std::vector<bool> sparse(count, false);
        // The first bucket is small, so that sending begins early. Gradients are computed from the last parameter on.
        const auto first = std::min<int64_t>(c10d::kDefaultFirstBucketBytes, bucket_bytes);
        auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(
            tensors, {static_cast<size_t>(first), static_cast<size_t>(bucket_bytes)}, sparse));
        std::reverse(buckets.begin(), buckets.end());
        auto reducer = make_reducer<c10d::Reducer>(std::move(tensors), std::move(buckets), group->group, sparse,
                                                   bucket_bytes, finds_unused, /*gradient_as_bucket_view=*/false,
                                                   std::move(named), first);
        if (compression >= 0) {
            reducer->register_comm_hook(
                std::make_unique<CompressionHook>(group->group, static_cast<c10::ScalarType>(compression)));
        }
        *out = new ctorch_reducer_impl{std::move(reducer)};
    });
}

void libtorch_reducer_close(ctorch_reducer reducer) noexcept {
    guarded([&] { delete reducer; });
}

ctorch_status libtorch_reducer_begin_forward(ctorch_reducer reducer) noexcept {
    return guarded([&] {
        reducer->reducer->prepare_for_forward();
        // After the first pass the buckets follow the order in which gradients were computed.
        reducer->reducer->rebuild_buckets();
    });
}

ctorch_status libtorch_reducer_begin_backward(ctorch_reducer reducer, ctorch_tensor loss) noexcept {
    return guarded([&] { reducer->reducer->prepare_for_backward({borrow(loss)}); });
}
