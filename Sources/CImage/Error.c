#include "Internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

cimage_status cimage_fail(cimage_error *error, cimage_status status, const char *format, ...) {
    if (error != NULL) {
        error->status = status;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

cimage_status cimage_check_size(uint64_t width, uint64_t height, uint64_t maximum_pixels, cimage_error *error) {
    if (width == 0 || height == 0) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the picture is %" PRIu64 " x %" PRIu64 " pixels, so it has none",
                           width, height);
    }
    // Sides beyond this overflow the byte arithmetic of the codecs; no camera comes near.
    if (width > INT32_MAX / 8 || height > INT32_MAX / 8 || width > maximum_pixels / height) {
        return cimage_fail(error, CIMAGE_TOO_LARGE,
                           "the picture is %" PRIu64 " x %" PRIu64 " pixels; at most %" PRIu64 " pixels are allowed",
                           width, height, maximum_pixels);
    }
    return CIMAGE_OK;
}

void cimage_free(void *memory) {
    free(memory);
}
