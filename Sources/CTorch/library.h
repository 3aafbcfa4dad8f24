// The table of LibTorch's functions, which is opened on first use.

#ifndef LIBRARY_H
#define LIBRARY_H

#include "CTorchFunctions.h"

/// The table. Ends the process with a message if LibTorch can't be loaded: `ctorch_load` reports this beforehand.
const ctorch_functions *ctorch_table(void);

#endif
