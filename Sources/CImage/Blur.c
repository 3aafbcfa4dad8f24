// Filters over a pixel's neighbors: Pillow's sharpness, bit for bit, and torchvision's Gaussian blur.

#include "Internal.h"
#include "Pixels.h"

#include <string.h>

// MARK: Sharpness

/// A row between two others, blended with its smoothed version. Pillow's kernel of thirteenths has 5 in the center and
/// 1 around it. The fraction is never a half, so integers round like its floats.
static CIMAGE_HOT void sharpen_row(const uint8_t *restrict above, const uint8_t *restrict row,
                                   const uint8_t *restrict below, size_t count, float factor,
                                   uint8_t *restrict destination) {
    for (size_t i = 3; i < count - 3; i++) {
        uint32_t sum = (uint32_t)above[i - 3] + above[i] + above[i + 3] + row[i - 3] + 5U * row[i] + row[i + 3]
                     + below[i - 3] + below[i] + below[i + 3];
        destination[i] = blend((int32_t)(((sum + 6) * 5042) >> 16), row[i], factor);
    }
}

void cimage_adjust_sharpness_rgb(const uint8_t *source, int32_t width, int32_t height, float factor,
                                 uint8_t *destination) {
    size_t stride = (size_t)width * 3;
    // The smoothed image's edges are those of the image.
    if (width < 3 || height < 3) {
        memcpy(destination, source, stride * (size_t)height);
        return;
    }
    memcpy(destination, source, stride);
    for (int32_t y = 1; y < height - 1; y++) {
        const uint8_t *row = source + (size_t)y * stride;
        uint8_t *target = destination + (size_t)y * stride;
        memcpy(target, row, 3);
        sharpen_row(row - stride, row, row + stride, stride, factor, target);
        memcpy(target + stride - 3, row + stride - 3, 3);
    }
    size_t last = stride * (size_t)(height - 1);
    memcpy(destination + last, source + last, stride);
}

// MARK: Gaussian blur

/// The position of a pixel that may be beyond the edges, where the image is mirrored without repeating the edge.
static int32_t reflected(int32_t place, int32_t count) {
    if (count == 1) {
        return 0;
    }
    int32_t period = 2 * (count - 1);
    place %= period;
    place = place < 0 ? place + period : place;
    return place < count ? place : period - place;
}

static CIMAGE_HOT void add_bytes(const uint8_t *restrict bytes, size_t count, float weight, float *restrict sums) {
    for (size_t i = 0; i < count; i++) {
        sums[i] += weight * (float)bytes[i];
    }
}

static CIMAGE_HOT void add_floats(const float *restrict values, size_t count, float weight, float *restrict sums) {
    for (size_t i = 0; i < count; i++) {
        sums[i] += weight * values[i];
    }
}

/// Rounds half to even: beyond 2^23 a float has no fraction left.
static CIMAGE_HOT void round_row(const float *restrict sums, size_t count, uint8_t *restrict bytes) {
    for (size_t i = 0; i < count; i++) {
        bytes[i] = cut((sums[i] + 0x1.8p23F) - 0x1.8p23F);
    }
}

size_t cimage_blur_workspace_size(int32_t width, int32_t taps) {
    return ((size_t)width * 6 + (size_t)(taps / 2) * 6) * sizeof(float);
}

void cimage_blur_rgb(const uint8_t *source, int32_t width, int32_t height, const float *across, int32_t taps_across,
                     const float *down, int32_t taps_down, uint8_t *destination, void *workspace) {
    size_t stride = (size_t)width * 3;
    int32_t reach = taps_across / 2;
    float *sums = workspace;
    float *margin = sums + stride;
    float *row = margin + (size_t)reach * 3;
    for (int32_t y = 0; y < height; y++) {
        memset(row, 0, stride * sizeof(float));
        for (int32_t tap = 0; tap < taps_down; tap++) {
            int32_t from = reflected(y + tap - taps_down / 2, height);
            add_bytes(source + (size_t)from * stride, stride, down[tap], row);
        }
        for (int32_t x = 1; x <= reach; x++) {
            memcpy(row - x * 3, row + reflected(-x, width) * 3, 3 * sizeof(float));
            memcpy(row + (width - 1 + x) * 3, row + reflected(width - 1 + x, width) * 3, 3 * sizeof(float));
        }
        memset(sums, 0, stride * sizeof(float));
        for (int32_t tap = 0; tap < taps_across; tap++) {
            add_floats(margin + (size_t)tap * 3, stride, across[tap], sums);
        }
        round_row(sums, stride, destination + (size_t)y * stride);
    }
}
