// The functions of CTorch.h, as calls through the table of LibTorch's library.

#include "CTorchFunctions.h"
#include "library.h"

#define CTORCH_CALL(result, name, parameters, arguments) \
    result ctorch_##name parameters { return ctorch_table()->name arguments; }
CTORCH_FUNCTIONS(CTORCH_CALL)
#undef CTORCH_CALL
