// Result shapes on the device `meta` for operators whose rule exists only in Python (torch/_meta_registrations.py). The
// other operators have theirs in C++.

#include <ATen/ExpandUtils.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <algorithm>
#include <initializer_list>
#include <mutex>
#include <vector>

#include "meta.hpp"

namespace {

using Sizes = std::vector<int64_t>;
using torch::jit::Stack;

/// The arguments of a call, which the results replace.
class Call {
public:
    Call(const c10::OperatorHandle &op, Stack *stack)
        : stack_(stack), count_(op.schema().arguments().size()), start_(stack->size() - count_) {}

    const c10::IValue &operator[](size_t index) const { return stack_->at(start_ + index); }

    void finish(std::initializer_list<at::Tensor> results) {
        stack_->erase(stack_->begin() + static_cast<std::ptrdiff_t>(start_), stack_->end());
        stack_->insert(stack_->end(), results.begin(), results.end());
    }

private:
    Stack *stack_;
    size_t count_;
    size_t start_;
};

/// The shape of the first argument, for operators that work element by element or move elements within their tensor.
void like_first(const c10::OperatorHandle &op, Stack *stack) {
    Call call(op, stack);
    const at::Tensor input = call[0].toTensor();
    call.finish({input.new_empty(input.sizes())});
}

/// condition, one, other
void where(const c10::OperatorHandle &op, Stack *stack) {
    Call call(op, stack);
    const at::Tensor one = call[1].toTensor();
    const at::Tensor other = call[2].toTensor();
    auto type = c10::promoteTypes(one.scalar_type(), other.scalar_type());
    if ((one.dim() == 0) != (other.dim() == 0)) {
        // A scalar combined with other tensors takes their type.
        type = one.dim() == 0 ? other.scalar_type() : one.scalar_type();
    }
    const auto sizes = at::infer_size(call[0].toTensor().sizes(), at::infer_size(one.sizes(), other.sizes()));
    call.finish({one.new_empty(sizes, one.options().dtype(type))});
}

/// Operators that write into their last argument, which already has the right shape.
void into_last(const c10::OperatorHandle &op, Stack *stack) {
    Call call(op, stack);
    const at::Tensor target = call[op.schema().arguments().size() - 1].toTensor();
    call.finish({target});
}

/// input, weight, bias, mean, variance, training, …
void batch_norm(const c10::OperatorHandle &op, Stack *stack) {
    Call call(op, stack);
    const at::Tensor input = call[0].toTensor();
    const int64_t saved = call[5].toBool() ? input.size(1) : 0;
    call.finish({input.new_empty(input.sizes()), input.new_empty({saved}), input.new_empty({saved})});
}

/// input, output size
void adaptive_average_pool(const c10::OperatorHandle &op, Stack *stack) {
    Call call(op, stack);
    const at::Tensor input = call[0].toTensor();
    Sizes sizes = input.sizes().vec();
    const Sizes places = call[1].toIntVector();
    std::copy(places.begin(), places.end(), sizes.end() - static_cast<std::ptrdiff_t>(places.size()));
    call.finish({input.new_empty(sizes)});
}

/// One number for all dimensions, or one for each.
int64_t of_dimension(const Sizes &values, size_t dimension) {
    return values.size() == 1 ? values[0] : values.at(dimension);
}

/// input, weight, bias, stride, padding, dilation, transposed, output padding, groups
void convolution(const c10::OperatorHandle &op, Stack *stack) {
    Call call(op, stack);
    const at::Tensor input = call[0].toTensor();
    const at::Tensor weight = call[1].toTensor();
    const Sizes stride = call[3].toIntVector();
    const Sizes padding = call[4].toIntVector();
    const Sizes dilation = call[5].toIntVector();
    const bool is_transposed = call[6].toBool();
    const Sizes added = call[7].toIntVector();
    const int64_t groups = call[8].toInt();
    const int64_t channels = is_transposed ? weight.size(0) : weight.size(1) * groups;
    TORCH_CHECK(input.dim() == weight.dim() && input.size(1) == channels, "a convolution with ", channels,
                " input channels cannot take an input of shape ", input.sizes());
    Sizes sizes = {input.size(0), is_transposed ? weight.size(1) * groups : weight.size(0)};
    for (size_t i = 0; i + 2 < static_cast<size_t>(input.dim()); ++i) {
        const auto dimension = static_cast<int64_t>(i) + 2;
        const int64_t reach = of_dimension(dilation, i) * (weight.size(dimension) - 1);
        const int64_t twice_padding = 2 * of_dimension(padding, i);
        const int64_t step = of_dimension(stride, i);
        const int64_t length = input.size(dimension);
        if (is_transposed) {
            sizes.push_back((length - 1) * step - twice_padding + reach + of_dimension(added, i) + 1);
        } else {
            TORCH_CHECK(length + twice_padding > reach, "an input of shape ", input.sizes(),
                        " is too small for a kernel of shape ", weight.sizes());
            sizes.push_back((length + twice_padding - reach - 1) / step + 1);
        }
    }
    call.finish({input.new_empty(sizes)});
}

/// Adds a rule if this version of LibTorch lacks it.
template <c10::BoxedKernel::BoxedKernelFunction *rule>
void add(const char *name, const char *overload = "") {
    auto &dispatcher = c10::Dispatcher::singleton();
    const auto op = dispatcher.findSchema({name, overload});
    if (!op.has_value() || op->hasKernelForDispatchKey(c10::DispatchKey::Meta)) {
        return;
    }
    // Kept forever: a registration ends with its object.
    new c10::RegistrationHandleRAII(dispatcher.registerImpl(
        {name, overload}, c10::DispatchKey::Meta, c10::KernelFunction::makeFromBoxedFunction<rule>(), std::nullopt, nullptr,
        "Apus: shapes of results"));
}

}  // namespace

void ctorch::provide_shapes() {
    static std::once_flag once;
    std::call_once(once, [] {
        for (const char *name : {"aten::relu", "aten::hardtanh", "aten::hardswish", "aten::_prelu_kernel", "aten::roll",
                                 "aten::channel_shuffle", "aten::abs"}) {
            add<like_first>(name);
        }
        add<where>("aten::where", "self");
        add<into_last>("aten::where", "self_out");
        add<batch_norm>("aten::native_batch_norm");
        add<adaptive_average_pool>("aten::_adaptive_avg_pool2d");
        add<convolution>("aten::convolution");
    });
}
