// Pixel arithmetic shared by the color changes.

#ifndef CIMAGE_PIXELS_H
#define CIMAGE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

// Inlined into each variant of a hot loop, so that it is compiled for that variant's instruction set.
#define CIMAGE_INLINE static inline __attribute__((always_inline, unused))

enum {
    /// The number of pixels processed at a time: they fit into the nearest cache.
    block_capacity = 512,
};

/// A few pixels, with separate channels for vector instructions.
typedef struct block {
    size_t count;
    uint8_t red[block_capacity];
    uint8_t green[block_capacity];
    uint8_t blue[block_capacity];
} block;

/// Reads up to `count` packed pixels into a block.
CIMAGE_INLINE void split(block *b, const uint8_t *pixels, size_t count) {
    b->count = count < block_capacity ? count : block_capacity;
    for (size_t i = 0; i < b->count; i++) {
        b->red[i] = pixels[i * 3];
        b->green[i] = pixels[i * 3 + 1];
        b->blue[i] = pixels[i * 3 + 2];
    }
}

/// Writes a block's pixels, packed.
CIMAGE_INLINE void join(const block *b, uint8_t *pixels) {
    for (size_t i = 0; i < b->count; i++) {
        pixels[i * 3] = b->red[i];
        pixels[i * 3 + 1] = b->green[i];
        pixels[i * 3 + 2] = b->blue[i];
    }
}

/// The gray of a pixel by ITU-R 601-2, in Pillow's fixed point.
CIMAGE_INLINE int32_t gray_of(int32_t red, int32_t green, int32_t blue) {
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/// A value clipped to 0 to 255 and truncated.
CIMAGE_INLINE uint8_t cut(float value) {
    value = value > 0.0F ? value : 0.0F;
    value = value < 255.0F ? value : 255.0F;
    return (uint8_t)(int32_t)value;
}

/// Interpolates or extrapolates two values: the first at 0, the second at 1. Interpolation needs no clipping.
CIMAGE_INLINE uint8_t blend(int32_t from, int32_t to, float factor) {
    return cut((float)from + factor * (float)(to - from));
}

#endif
