// The single entry point: an operator is looked up by name once and called on a stack of arguments.

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <memory>
#include <vector>

#include "guard.hpp"
#include "meta.hpp"

using ctorch::borrow;
using ctorch::guarded;

struct ctorch_operator_entry {
    c10::OperatorHandle handle;
    std::vector<c10::Argument> arguments;
};

struct ctorch_argument_stack {
    torch::jit::Stack values;
    // Bit i is set if argument i takes the schema's default.
    std::vector<bool> defaulted;
    std::string failure;

    template <typename Make>
    void push(Make &&make) noexcept {
        try {
            values.emplace_back(make());
            defaulted.push_back(false);
        } catch (const std::exception &error) {
            failure = error.what();
        }
    }
};

namespace {

/// Converts what Swift pushed to the type that the schema expects, as PyTorch's Python frontend does.
c10::IValue fitted(c10::IValue value, const c10::Argument &argument) {
    auto type = argument.type();
    if (value.isNone()) {
        return value;
    }
    if (auto optional = type->cast<c10::OptionalType>()) {
        type = optional->getElementType();
    }
    switch (type->kind()) {
        case c10::TypeKind::FloatType:
            return value.isInt() ? c10::IValue(static_cast<double>(value.toInt())) : value;
        case c10::TypeKind::ListType: {
            const auto element = type->castRaw<c10::ListType>()->getElementType();
            if (value.isInt() && (element->kind() == c10::TypeKind::IntType ||
                                  element->kind() == c10::TypeKind::SymIntType)) {
                const auto count = static_cast<size_t>(argument.N().value_or(1));
                return c10::List<int64_t>(std::vector<int64_t>(count, value.toInt()));
            }
            if (value.isList() && value.toListRef().empty()) {
                // An empty list does not show its element type.
                if (element->kind() == c10::TypeKind::FloatType) {
                    return c10::List<double>();
                }
                if (element->kind() == c10::TypeKind::TensorType) {
                    return c10::List<at::Tensor>();
                }
            }
            const auto optional = element->cast<c10::OptionalType>();
            if (value.isTensorList() && optional && optional->getElementType()->kind() == c10::TypeKind::TensorType) {
                c10::List<std::optional<at::Tensor>> list;
                for (const at::Tensor &tensor : value.toTensorVector()) {
                    list.push_back(tensor.defined() ? std::optional<at::Tensor>(tensor) : std::nullopt);
                }
                return list;
            }
            return value;
        }
        default:
            return value;
    }
}

}  // namespace

ctorch_status libtorch_operator_find(const char *name, const char *overload, ctorch_operator *out) noexcept {
    return guarded([&] {
        auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
        if (!handle.has_value()) {
            throw std::invalid_argument(std::string("LibTorch has no operator ") + name +
                                        (overload[0] == '\0' ? "" : ".") + overload);
        }
        *out = new ctorch_operator_entry{*handle, handle->schema().arguments()};
    });
}

ctorch_stack libtorch_stack_new(void) noexcept { return new (std::nothrow) ctorch_argument_stack(); }

void libtorch_stack_free(ctorch_stack stack) noexcept { delete stack; }

void libtorch_push_none(ctorch_stack stack) noexcept {
    stack->push([] { return c10::IValue(); });
}

void libtorch_push_default(ctorch_stack stack) noexcept {
    stack->push([] { return c10::IValue(); });
    if (!stack->defaulted.empty()) {
        stack->defaulted.back() = true;
    }
}

void libtorch_push_bool(ctorch_stack stack, bool value) noexcept {
    stack->push([&] { return c10::IValue(value); });
}

void libtorch_push_int(ctorch_stack stack, int64_t value) noexcept {
    stack->push([&] { return c10::IValue(value); });
}

void libtorch_push_double(ctorch_stack stack, double value) noexcept {
    stack->push([&] { return c10::IValue(value); });
}

void libtorch_push_string(ctorch_stack stack, const char *value) noexcept {
    stack->push([&] { return c10::IValue(std::string(value)); });
}

void libtorch_push_device(ctorch_stack stack, ctorch_device value) noexcept {
    stack->push([&] {
        const auto type = static_cast<c10::DeviceType>(value.type);
        if (type == c10::DeviceType::Meta) {
            ctorch::provide_shapes();
        }
        return c10::IValue(c10::Device(type, value.index));
    });
}

void libtorch_push_tensor(ctorch_stack stack, ctorch_tensor value) noexcept {
    stack->push([&] { return c10::IValue(borrow(value)); });
}

void libtorch_push_bools(ctorch_stack stack, const bool *values, size_t count) noexcept {
    stack->push([&] {
        c10::List<bool> list;
        for (size_t i = 0; i < count; ++i) {
            list.push_back(values[i]);
        }
        return c10::IValue(std::move(list));
    });
}

void libtorch_push_ints(ctorch_stack stack, const int64_t *values, size_t count) noexcept {
    stack->push([&] { return c10::IValue(c10::IntArrayRef(values, count)); });
}

void libtorch_push_doubles(ctorch_stack stack, const double *values, size_t count) noexcept {
    stack->push([&] { return c10::IValue(std::vector<double>(values, values + count)); });
}

void libtorch_push_tensors(ctorch_stack stack, const ctorch_tensor *values, size_t count) noexcept {
    stack->push([&] {
        c10::List<at::Tensor> list;
        list.reserve(count);
        for (size_t i = 0; i < count; ++i) {
            list.push_back(borrow(values[i]));
        }
        return c10::IValue(std::move(list));
    });
}

ctorch_status libtorch_call(ctorch_operator op, ctorch_stack stack) noexcept {
    return guarded([&] {
        if (!stack->failure.empty()) {
            throw std::runtime_error(stack->failure);
        }
        auto &values = stack->values;
        const auto &arguments = op->arguments;
        if (values.size() > arguments.size()) {
            throw std::invalid_argument("takes " + std::to_string(arguments.size()) + " arguments, not " +
                                        std::to_string(values.size()));
        }
        for (size_t i = 0; i < arguments.size(); ++i) {
            const bool given = i < values.size() && !stack->defaulted[i];
            if (given) {
                values[i] = fitted(std::move(values[i]), arguments[i]);
                continue;
            }
            const auto &fallback = arguments[i].default_value();
            if (!fallback.has_value()) {
                throw std::invalid_argument("needs the argument '" + arguments[i].name() + "'");
            }
            if (i < values.size()) {
                values[i] = *fallback;
            } else {
                values.emplace_back(*fallback);
            }
        }
        op->handle.schema().checkAndNormalizeInputs(values);
        op->handle.callBoxed(values);

        // A list of tensors is returned as separate results.
        if (values.size() == 1 && values.front().isTensorList()) {
            auto tensors = values.front().toTensorVector();
            values.assign(tensors.begin(), tensors.end());
        }
    });
}

size_t libtorch_result_count(ctorch_stack stack) noexcept { return stack->values.size(); }

ctorch_status libtorch_result_tensor(ctorch_stack stack, size_t index, ctorch_tensor *out) noexcept {
    return guarded([&] {
        const auto &value = stack->values.at(index);
        *out = value.isNone() ? nullptr : ctorch::wrap(value.toTensor());
    });
}

ctorch_status libtorch_result_double(ctorch_stack stack, size_t index, double *out) noexcept {
    return guarded([&] { *out = stack->values.at(index).toScalar().toDouble(); });
}

ctorch_status libtorch_result_int(ctorch_stack stack, size_t index, int64_t *out) noexcept {
    return guarded([&] { *out = stack->values.at(index).toScalar().toLong(); });
}
