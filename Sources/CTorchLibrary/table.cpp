// The function that programs look up in `libApusTorch.so`.

#include "CTorchLibrary.h"

#include "functions.hpp"

const ctorch_functions *ctorch_library(void) noexcept {
#define CTORCH_ENTRY(result, name, parameters, arguments) libtorch_##name,
    static const ctorch_functions table{CTORCH_TABLE_VERSION, CTORCH_FUNCTIONS(CTORCH_ENTRY)};
#undef CTORCH_ENTRY
    return &table;
}
