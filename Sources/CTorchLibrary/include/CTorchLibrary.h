// LibTorch behind the functions of CTorch.h. Programs open it as `libApusTorch.so`, or are linked with it.

#ifndef CTORCH_LIBRARY_H
#define CTORCH_LIBRARY_H

struct ctorch_functions;

#ifdef __cplusplus
extern "C" __attribute__((visibility("default"))) const struct ctorch_functions *ctorch_library(void) noexcept;
#else
const struct ctorch_functions *ctorch_library(void);
#endif

#endif
