// Pixels beyond an image's edges.

#include "Internal.h"

#include <string.h>

void cimage_fill_rgb(const uint8_t color[3], uint8_t *pixels, int32_t width, int32_t height, size_t stride) {
    if (width <= 0 || height <= 0) return;
    for (int32_t x = 0; x < width; x++) {
        memcpy(pixels + (size_t)x * 3, color, 3);
    }
    for (int32_t y = 1; y < height; y++) {
        memcpy(pixels + (size_t)y * stride, pixels, (size_t)width * 3);
    }
}

/// The position within 0..<count that corresponds to `place`, which may be far outside.
static int32_t place_within(cimage_border border, int64_t place, int32_t count) {
    if (place >= 0 && place < count) return (int32_t)place;
    if (border == CIMAGE_BORDER_EDGE || count == 1) return place < 0 ? 0 : count - 1;
    // One period back and forth; the mirror through the center passes both outermost pixels only once.
    int64_t skipped = border == CIMAGE_BORDER_REFLECT ? 1 : 0;
    int64_t period = 2 * (count - skipped);
    int64_t within = place % period;
    if (within < 0) within += period;
    return (int32_t)(within < count ? within : period - 1 + skipped - within);
}

cimage_status cimage_pad_rgb(cimage_border border, const uint8_t *source, int32_t width, int32_t height,
                             const cimage_rectangle *window, uint8_t *destination) {
    if (source == NULL || window == NULL || destination == NULL || width <= 0 || height <= 0 || window->width <= 0
        || window->height <= 0 || border > CIMAGE_BORDER_SYMMETRIC) {
        return CIMAGE_INVALID_ARGUMENT;
    }
    int64_t end = (int64_t)window->x + window->width;
    // The columns inside the image, which are copied unchanged.
    int64_t first = window->x < 0 ? 0 : window->x;
    int64_t last = end < width ? end : width;
    for (int32_t row = 0; row < window->height; row++) {
        const uint8_t *from = source + (size_t)place_within(border, (int64_t)window->y + row, height) * width * 3;
        uint8_t *target = destination + (size_t)row * window->width * 3;
        if (first < last) memcpy(target + (first - window->x) * 3, from + first * 3, (size_t)(last - first) * 3);
        for (int64_t x = window->x; x < end; x++) {
            if (x == first && first < last) x = last;
            if (x >= end) break;
            memcpy(target + (x - window->x) * 3, from + (size_t)place_within(border, x, width) * 3, 3);
        }
    }
    return CIMAGE_OK;
}
