// Mirroring, and EXIF's eight orientations.

#include "Internal.h"

#include <string.h>

void cimage_flip_rgb(uint8_t *pixels, int32_t width, int32_t height, size_t stride) {
    for (int32_t y = 0; y < height; y++) {
        uint8_t *left = pixels + (size_t)y * stride;
        uint8_t *right = left + (size_t)width * 3 - 3;
        for (; left < right; left += 3, right -= 3) {
            for (int channel = 0; channel < 3; channel++) {
                uint8_t kept = left[channel];
                left[channel] = right[channel];
                right[channel] = kept;
            }
        }
    }
}

void cimage_flip_rows_rgb(uint8_t *pixels, int32_t width, int32_t height, size_t stride) {
    uint8_t kept[3072];
    size_t count = (size_t)width * 3;
    for (int32_t y = 0; y < height / 2; y++) {
        uint8_t *upper = pixels + (size_t)y * stride;
        uint8_t *lower = pixels + (size_t)(height - 1 - y) * stride;
        for (size_t done = 0; done < count; done += sizeof kept) {
            size_t part = count - done < sizeof kept ? count - done : sizeof kept;
            memcpy(kept, upper + done, part);
            memcpy(upper + done, lower + done, part);
            memcpy(lower + done, kept, part);
        }
    }
}

cimage_status cimage_orient_rgb(const uint8_t *source, int32_t width, int32_t height, int32_t orientation,
                                uint8_t *destination) {
    if (source == NULL || destination == NULL || width <= 0 || height <= 0 || orientation < 1 || orientation > 8) {
        return CIMAGE_INVALID_ARGUMENT;
    }
    ptrdiff_t pixel = 3;
    ptrdiff_t row = (ptrdiff_t)width * pixel;
    const uint8_t *left = source;
    const uint8_t *right = source + row - pixel;
    ptrdiff_t to_bottom = row * (height - 1);
    // The source position of the upright image's first pixel, and the distances between neighbors in the source.
    const struct {
        const uint8_t *start;
        ptrdiff_t across;
        ptrdiff_t down;
    } walks[8] = {
        {left, pixel, row},                // 1: upright
        {right, -pixel, row},              // 2: mirrored
        {right + to_bottom, -pixel, -row}, // 3: upside down
        {left + to_bottom, pixel, -row},   // 4: upside down, mirrored
        {left, row, pixel},                // 5: transposed
        {left + to_bottom, -row, pixel},   // 6: rotate clockwise to make upright
        {right + to_bottom, -row, -pixel}, // 7: transposed along the other diagonal
        {right, row, -pixel},              // 8: rotate counterclockwise to make upright
    };
    const uint8_t *start = walks[orientation - 1].start;
    ptrdiff_t across = walks[orientation - 1].across;
    ptrdiff_t down = walks[orientation - 1].down;
    ptrdiff_t out_width = orientation < 5 ? width : height;
    ptrdiff_t out_height = orientation < 5 ? height : width;
    // In tiles, so that a transposed traversal stays within the cache.
    enum { tile = 32 };
    for (ptrdiff_t tile_y = 0; tile_y < out_height; tile_y += tile) {
        ptrdiff_t end_y = tile_y + tile < out_height ? tile_y + tile : out_height;
        for (ptrdiff_t tile_x = 0; tile_x < out_width; tile_x += tile) {
            ptrdiff_t end_x = tile_x + tile < out_width ? tile_x + tile : out_width;
            for (ptrdiff_t y = tile_y; y < end_y; y++) {
                uint8_t *target = destination + (y * out_width + tile_x) * pixel;
                const uint8_t *from = start + y * down + tile_x * across;
                for (ptrdiff_t x = tile_x; x < end_x; x++, target += pixel, from += across) {
                    memcpy(target, from, 3);
                }
            }
        }
    }
    return CIMAGE_OK;
}
