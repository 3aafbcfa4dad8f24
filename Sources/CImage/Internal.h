// What the source files of CImage share.

#ifndef CIMAGE_INTERNAL_H
#define CIMAGE_INTERNAL_H

#include "CImage.h"

#include <stdbool.h>

/// Fills in `error`, if there is one, and returns `status`.
cimage_status cimage_fail(cimage_error *error, cimage_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Checks a picture's size against the limit, before anything of that size is allocated.
cimage_status cimage_check_size(uint64_t width, uint64_t height, uint64_t maximum_pixels, cimage_error *error);

/// One format's decoder. `open` fills in `info` and returns its own state; the other two work on that state.
typedef struct cimage_codec {
    cimage_status (*open)(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **state,
                          cimage_info *info, cimage_error *error);
    cimage_status (*read_rgb)(void *state, uint8_t *pixels, cimage_error *error);
    void (*close)(void *state);
} cimage_codec;

extern const cimage_codec cimage_jpeg_codec;
extern const cimage_codec cimage_png_codec;
extern const cimage_codec cimage_webp_codec;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CIMAGE_THREAD_SANITIZER 1
#endif
#endif

/// Compiles a hot loop for several instruction sets, of which the running processor's best is chosen at start: before
/// the thread sanitizer is ready, which such a program does not survive.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !defined(CIMAGE_THREAD_SANITIZER)
#define CIMAGE_HOT __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define CIMAGE_HOT
#endif

#endif
