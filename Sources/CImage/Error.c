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
        return cimage_fail(error, CIMAGE_CORRUPT, "the image is %" PRIu64 " x %" PRIu64 " pixels and has no content",
                           width, height);
    }
    // Larger sides overflow the byte arithmetic of the codecs; no camera needs them.
    if (width > INT32_MAX / 8 || height > INT32_MAX / 8 || width > maximum_pixels / height) {
        return cimage_fail(error, CIMAGE_TOO_LARGE,
                           "the image is %" PRIu64 " x %" PRIu64 " pixels; at most %" PRIu64 " pixels are allowed",
                           width, height, maximum_pixels);
    }
    return CIMAGE_OK;
}

void cimage_free(void *memory) {
    free(memory);
}
