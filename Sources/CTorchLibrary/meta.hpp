// Operators on tensors that have shapes but no elements.

#pragma once

namespace ctorch {

/// Makes the operators of networks work on the device `meta`. Costs nothing after the first call.
void provide_shapes();

}  // namespace ctorch
