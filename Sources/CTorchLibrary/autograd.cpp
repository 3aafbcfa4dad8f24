// Gradients, and the thread's modes that determine whether they are recorded and in which precision.

#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "guard.hpp"

using ctorch::borrow;
using ctorch::guarded;

bool libtorch_requires_grad(ctorch_tensor tensor) noexcept { return borrow(tensor).requires_grad(); }

ctorch_status libtorch_set_requires_grad(ctorch_tensor tensor, bool value) noexcept {
    return guarded([&] { borrow(tensor).requires_grad_(value); });
}

ctorch_status libtorch_grad(ctorch_tensor tensor, ctorch_tensor *out) noexcept {
    return guarded([&] { *out = ctorch::wrap(borrow(tensor).grad()); });
}

ctorch_status libtorch_set_grad(ctorch_tensor tensor, ctorch_tensor gradient) noexcept {
    return guarded([&] { borrow(tensor).mutable_grad() = borrow(gradient); });
}

ctorch_status libtorch_set_data(ctorch_tensor tensor, ctorch_tensor data) noexcept {
    return guarded([&] { borrow(tensor).set_data(borrow(data)); });
}

ctorch_status libtorch_backward(ctorch_tensor tensor, ctorch_tensor gradient, bool retain_graph,
                               bool create_graph) noexcept {
    return guarded([&] { borrow(tensor).backward(borrow(gradient), retain_graph, create_graph); });
}

ctorch_status libtorch_gradients(ctorch_tensor output, const ctorch_tensor *inputs, size_t count, bool retain_graph,
                                bool create_graph, ctorch_tensor *out) noexcept {
    return guarded([&] {
        torch::autograd::variable_list variables;
        for (size_t i = 0; i < count; ++i) {
            variables.push_back(borrow(inputs[i]));
        }
        auto gradients = torch::autograd::grad({borrow(output)}, variables, {}, retain_graph, create_graph,
                                               /*allow_unused=*/true);
        for (size_t i = 0; i < count; ++i) {
            out[i] = ctorch::wrap(std::move(gradients[i]));
        }
    });
}

bool libtorch_grad_mode(void) noexcept { return c10::GradMode::is_enabled(); }

void libtorch_set_grad_mode(bool enabled) noexcept { c10::GradMode::set_enabled(enabled); }

void *libtorch_inference_mode_enter(void) noexcept { return new (std::nothrow) c10::InferenceMode(true); }

void libtorch_inference_mode_leave(void *guard) noexcept { delete static_cast<c10::InferenceMode *>(guard); }

ctorch_status libtorch_autocast_get(int8_t device_type, ctorch_autocast *out) noexcept {
    return guarded([&] {
        const auto type = static_cast<at::DeviceType>(device_type);
        *out = {at::autocast::is_autocast_enabled(type),
                static_cast<ctorch_dtype>(at::autocast::get_autocast_dtype(type))};
    });
}

ctorch_status libtorch_autocast_set(int8_t device_type, ctorch_autocast state) noexcept {
    return guarded([&] {
        const auto type = static_cast<at::DeviceType>(device_type);
        at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(state.dtype));
        at::autocast::set_autocast_enabled(type, state.enabled);
    });
}

ctorch_status libtorch_autocast_nest(int change) noexcept {
    return guarded([&] {
        if (change > 0) {
            at::autocast::increment_nesting();
        } else if (at::autocast::decrement_nesting() == 0) {
            at::autocast::clear_cache();
        }
    });
}
