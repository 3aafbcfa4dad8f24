#include "Internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

cimage_status cimage_fail_truncated(cimage_error *error, const char *format, size_t count) {
    return cimage_fail(error, CIMAGE_TRUNCATED,
                       "the %s file is truncated: it ends after %zu bytes, before the image does", format, count);
}

cimage_status cimage_fail_too_few(cimage_error *error, const char *format, size_t count, uint32_t width,
                                  uint32_t height) {
    return cimage_fail(error, CIMAGE_TRUNCATED, "the %s file is truncated: %zu bytes are too few for %u x %u pixels",
                       format, count, width, height);
}

void cimage_make_plain(char *text) {
    for (char *c = text; *c != 0; c++) {
        *c = (unsigned char)*c < 0x20 || (unsigned char)*c > 0x7E ? ' ' : *c;
    }
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '.') {
        text[length - 1] = 0;
    }
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
