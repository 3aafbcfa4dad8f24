// Process-wide state: version, random state, threads, and CUDA found at run time.

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <torch/headeronly/version.h>

#include <cstdlib>
#include <string>

#include "guard.hpp"

using ctorch::guarded;

namespace {

at::Generator generator(ctorch_device device) {
    return at::globalContext().defaultGenerator(at::Device(static_cast<at::DeviceType>(device.type), device.index));
}

/// LibTorch registers its CUDA kernels when this library is opened. A build without CUDA has no such file.
void open_cuda_library() {
    static const bool opened = [] {
        Dl_info info;
        if (dladdr(reinterpret_cast<const void *>(&at::globalContext), &info) == 0 || info.dli_fname == nullptr) {
            return false;
        }
        std::string path(info.dli_fname);
        const auto slash = path.find_last_of('/');
        path = (slash == std::string::npos ? std::string() : path.substr(0, slash + 1)) + "libtorch_cuda.so";
        return dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr;
    }();
    (void)opened;
}

}  // namespace

const char *libtorch_version(void) noexcept { return TORCH_VERSION; }

ctorch_status libtorch_manual_seed(uint64_t seed) noexcept {
    return guarded([&] { at::manual_seed(seed); });
}

ctorch_status libtorch_random_state(ctorch_device device, ctorch_tensor *out) noexcept {
    return guarded([&] {
        auto source = generator(device);
        const std::lock_guard<std::mutex> lock(source.mutex());
        *out = ctorch::wrap(source.get_state());
    });
}

ctorch_status libtorch_set_random_state(ctorch_device device, ctorch_tensor state) noexcept {
    return guarded([&] {
        auto target = generator(device);
        const std::lock_guard<std::mutex> lock(target.mutex());
        target.set_state(ctorch::borrow(state));
    });
}

ctorch_status libtorch_set_deterministic(bool enabled) noexcept {
    return guarded([&] {
        // cuBLAS is deterministic with its own workspace for each stream. A value set by the user stays.
        if (enabled) {
            setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
        }
        auto &context = at::globalContext();
        context.setDeterministicAlgorithms(enabled, /*warn_only=*/false);
        // This code never reads uninitialized memory.
        context.setDeterministicFillUninitializedMemory(false);
        context.setDeterministicCuDNN(enabled);
        context.setBenchmarkCuDNN(false);
    });
}

bool libtorch_is_deterministic(void) noexcept { return at::globalContext().deterministicAlgorithms(); }

int libtorch_thread_count(void) noexcept { return at::get_num_threads(); }

ctorch_status libtorch_set_thread_count(int count) noexcept {
    return guarded([&] { at::set_num_threads(count); });
}

int libtorch_cuda_device_count(void) noexcept {
    int count = 0;
    guarded([&] {
        open_cuda_library();
        count = at::detail::getCUDAHooks().getNumGPUs();
    });
    return count;
}

ctorch_status libtorch_cuda_synchronize(int8_t index) noexcept {
    return guarded([&] { at::detail::getCUDAHooks().deviceSynchronize(index); });
}

bool libtorch_cuda_device_name(int8_t index, char *name, int32_t size) noexcept {
    // The driver counts the devices as LibTorch does: without those that CUDA_VISIBLE_DEVICES hides. Its library is opened
    // at run time, because this code is also built without CUDA.
    void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (driver == nullptr) return false;
    const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
    const auto device_at = reinterpret_cast<int (*)(int *, int)>(dlsym(driver, "cuDeviceGet"));
    const auto name_of = reinterpret_cast<int (*)(char *, int, int)>(dlsym(driver, "cuDeviceGetName"));
    if (init == nullptr || device_at == nullptr || name_of == nullptr) return false;
    int device = 0;
    return size > 0 && init(0) == 0 && device_at(&device, index < 0 ? 0 : index) == 0 &&
           name_of(name, size, device) == 0 && name[0] != 0;
}
