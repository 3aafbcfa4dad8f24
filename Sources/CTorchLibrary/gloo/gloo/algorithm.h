// Gloo's types, as far as the declarations of c10d's ProcessGroupGloo name them. LibTorch contains Gloo, but not its
// headers. The class has these types only behind pointers. If Gloo's headers are installed, they are used.

#pragma once

#if __has_include_next(<gloo/algorithm.h>)
#include_next <gloo/algorithm.h>
#else

#endif
