// The functions of the table, which have LibTorch's side of the name: `libtorch_call` is called by `ctorch_call`.

#pragma once

#include "CTorchFunctions.h"

#define CTORCH_DECLARATION(result, name, parameters, arguments) \
    extern "C" __attribute__((visibility("hidden"))) result libtorch_##name parameters noexcept;
CTORCH_FUNCTIONS(CTORCH_DECLARATION)
#undef CTORCH_DECLARATION
