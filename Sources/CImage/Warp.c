// Pillow's geometric transforms: rotation, shear and perspective.
//
// Pillow uses a different computation for each kind of transform. They differ in which of two pixels a position between
// them belongs to: 16.16 fixed point, repeated addition of a step, or a product for each pixel. All are reproduced.

#include "Internal.h"

#include <math.h>
#include <string.h>

// One lane for each channel. The fourth is the byte after the pixel and is not kept.
typedef double double4 __attribute__((vector_size(32)));
typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef struct image {
    const uint8_t *pixels;
    int32_t width;
    int32_t height;
    size_t stride;
} image;

ALWAYS_INLINE int32_t clamp(int32_t place, int32_t count) {
    return place < 0 ? 0 : place < count ? place : count - 1;
}

// MARK: One pixel. All return whether the position is inside the image.

ALWAYS_INLINE bool is_inside(const image *from, double x, double y) {
    return x >= 0 && x < from->width && y >= 0 && y < from->height;
}

ALWAYS_INLINE bool read_nearest(const image *from, double x, double y, uint8_t *target) {
    if (!is_inside(from, x, y)) return false;
    memcpy(target, from->pixels + (size_t)(int32_t)y * from->stride + (size_t)(int32_t)x * 3, 3);
    return true;
}

/// Rounds down a value of at least -1.
ALWAYS_INLINE int32_t whole(double place) { return place < 0 ? -1 : (int32_t)place; }

/// The pixels around a position: `count` columns and rows, starting at `column` and `row`.
typedef struct neighborhood {
    int32_t column;
    int32_t row;
    double across;
    double down;
} neighborhood;

ALWAYS_INLINE neighborhood find_neighbors(double x, double y, int32_t before) {
    x -= 0.5;
    y -= 0.5;
    int32_t column = whole(x);
    int32_t row = whole(y);
    return (neighborhood){column - before, row - before, x - column, y - row};
}

/// Reads count x count pixels around a position. Beyond the edges, the outermost pixels are repeated.
ALWAYS_INLINE void load(const image *from, const neighborhood *place, int32_t count, double4 pixels[4][4]) {
    // Each pixel is read with the byte after it.
    bool is_interior = place->column >= 0 && place->row >= 0 && place->column + count < from->width
                       && place->row + count <= from->height;
    for (int32_t row = 0; row < count; row++) {
        const uint8_t *line = from->pixels + (size_t)clamp(place->row + row, from->height) * from->stride;
        for (int32_t column = 0; column < count; column++) {
            byte4 bytes = {0, 0, 0, 0};
            if (is_interior) {
                memcpy(&bytes, line + (size_t)(place->column + column) * 3, 4);
            } else {
                memcpy(&bytes, line + (size_t)clamp(place->column + column, from->width) * 3, 3);
            }
            pixels[row][column] = __builtin_convertvector(__builtin_convertvector(bytes, int4), double4);
        }
    }
}

/// Truncates and clips. Vectors are passed by address because not every processor has a calling convention for them.
ALWAYS_INLINE void store(const double4 *value, uint8_t *target) {
    int4 whole = __builtin_convertvector(*value, int4);
    byte4 bytes = __builtin_convertvector((whole | (whole > 255)) & (whole >= 0), byte4);
    memcpy(target, &bytes, 3);
}

ALWAYS_INLINE bool read_bilinear(const image *from, double x, double y, uint8_t *target) {
    if (!is_inside(from, x, y)) return false;
    neighborhood place = find_neighbors(x, y, 0);
    double4 pixels[4][4];
    load(from, &place, 2, pixels);
    double4 above = pixels[0][0] + (pixels[0][1] - pixels[0][0]) * place.across;
    double4 below = pixels[1][0] + (pixels[1][1] - pixels[1][0]) * place.across;
    double4 value = above + (below - above) * place.down;
    store(&value, target);
    return true;
}

/// A cubic (Keys, a = -1) through four values, between the second and the third.
ALWAYS_INLINE void cubic(const double4 values[4], double place, double4 *result) {
    double4 linear = values[2] - values[0];
    double4 square = 2 * (values[0] - values[1]) + values[2] - values[3];
    double4 cube = values[1] - values[0] - values[2] + values[3];
    *result = values[1] + place * (linear + place * (square + place * cube));
}

ALWAYS_INLINE bool read_bicubic(const image *from, double x, double y, uint8_t *target) {
    if (!is_inside(from, x, y)) return false;
    neighborhood place = find_neighbors(x, y, 1);
    double4 pixels[4][4];
    load(from, &place, 4, pixels);
    double4 rows[4];
    for (int row = 0; row < 4; row++) {
        cubic(pixels[row], place.across, &rows[row]);
    }
    double4 value;
    cubic(rows, place.down, &value);
    store(&value, target);
    return true;
}

ALWAYS_INLINE bool read_pixel(cimage_sampling sampling, const image *from, double x, double y, uint8_t *target) {
    switch (sampling) {
    case CIMAGE_SAMPLING_NEAREST: return read_nearest(from, x, y, target);
    case CIMAGE_SAMPLING_BILINEAR: return read_bilinear(from, x, y, target);
    default: return read_bicubic(from, x, y, target);
    }
}

// MARK: All pixels

/// Computes the position of each pixel separately. All arguments except the images are constants of the caller, so that
/// no row checks them again.
ALWAYS_INLINE void warp_each(const cimage_warp *warp, const image *from, uint8_t *target, int32_t width,
                             int32_t height, cimage_sampling sampling, bool is_affine) {
    const double *k = warp->coefficients;
    const double a = k[0], c = k[2], d = k[3], f = k[5], g = k[6];
    for (int32_t row = 0; row < height; row++) {
        double y = row + 0.5;
        double b_y = k[1] * y;
        double e_y = k[4] * y;
        double h_y = k[7] * y;
        for (int32_t column = 0; column < width; column++, target += 3) {
            double x = column + 0.5;
            double source_x = a * x + b_y + c;
            double source_y = d * x + e_y + f;
            if (!is_affine) {
                double w = g * x + h_y + 1;
                source_x /= w;
                source_y /= w;
            }
            if (!read_pixel(sampling, from, source_x, source_y, target)) memcpy(target, warp->fill, 3);
        }
    }
}

CIMAGE_HOT
static void warp_bilinear(const cimage_warp *warp, const image *from, uint8_t *target, int32_t width,
                          int32_t height) {
    if (warp->is_affine) {
        warp_each(warp, from, target, width, height, CIMAGE_SAMPLING_BILINEAR, true);
    } else {
        warp_each(warp, from, target, width, height, CIMAGE_SAMPLING_BILINEAR, false);
    }
}

CIMAGE_HOT
static void warp_bicubic(const cimage_warp *warp, const image *from, uint8_t *target, int32_t width,
                         int32_t height) {
    if (warp->is_affine) {
        warp_each(warp, from, target, width, height, CIMAGE_SAMPLING_BICUBIC, true);
    } else {
        warp_each(warp, from, target, width, height, CIMAGE_SAMPLING_BICUBIC, false);
    }
}

/// Adds a step from pixel to pixel and from row to row.
static void warp_by_steps(const cimage_warp *warp, const image *from, uint8_t *target, int32_t width,
                          int32_t height) {
    const double *k = warp->coefficients;
    double row_x = k[2] + k[1] * 0.5 + k[0] * 0.5;
    double row_y = k[5] + k[4] * 0.5 + k[3] * 0.5;
    for (int32_t row = 0; row < height; row++, row_x += k[1], row_y += k[4]) {
        double x = row_x;
        double y = row_y;
        for (int32_t column = 0; column < width; column++, target += 3, x += k[0], y += k[3]) {
            if (!read_nearest(from, x, y, target)) memcpy(target, warp->fill, 3);
        }
    }
}

/// A number in 16.16 fixed point. An out-of-range value belongs to a step that is never used.
static uint32_t fixed(double number) {
    double rounded = floor(number * 65536.0 + 0.5);
    return rounded >= -2147483648.0 && rounded < 2147483648.0 ? (uint32_t)(int32_t)rounded : 0x80000000u;
}

static inline int32_t whole_of_fixed(uint32_t number) { return (int32_t)number >> 16; }

static void warp_in_fixed_point(const cimage_warp *warp, const image *from, uint8_t *target, int32_t width,
                                int32_t height) {
    const double *k = warp->coefficients;
    const uint32_t a = fixed(k[0]), b = fixed(k[1]), d = fixed(k[3]), e = fixed(k[4]);
    uint32_t row_x = fixed(k[2] + k[0] * 0.5 + k[1] * 0.5);
    uint32_t row_y = fixed(k[5] + k[3] * 0.5 + k[4] * 0.5);
    for (int32_t row = 0; row < height; row++, row_x += b, row_y += e) {
        uint32_t x = row_x;
        uint32_t y = row_y;
        for (int32_t column = 0; column < width; column++, target += 3, x += a, y += d) {
            // A negative position is a large unsigned one.
            uint32_t source_x = (uint32_t)whole_of_fixed(x);
            uint32_t source_y = (uint32_t)whole_of_fixed(y);
            bool is_within = source_x < (uint32_t)from->width && source_y < (uint32_t)from->height;
            const uint8_t *pixel = is_within ? from->pixels + source_y * from->stride + source_x * 3 : warp->fill;
            memcpy(target, pixel, 3);
        }
    }
}

/// Whether a corner's position has an integer part of 16 bits.
static bool fits_fixed_point(const double *k, int32_t x, int32_t y) {
    return fabs(x * k[0] + y * k[1] + k[2]) < 32768.0 && fabs(x * k[3] + y * k[4] + k[5]) < 32768.0;
}

static void warp_nearest(const cimage_warp *warp, const image *from, uint8_t *target, int32_t width,
                         int32_t height) {
    if (!warp->is_affine) {
        warp_each(warp, from, target, width, height, CIMAGE_SAMPLING_NEAREST, false);
        return;
    }
    const double *k = warp->coefficients;
    bool only_scales = k[1] == 0 && k[3] == 0;
    if (!only_scales && fits_fixed_point(k, 0, 0) && fits_fixed_point(k, width, height)
        && fits_fixed_point(k, 0, height) && fits_fixed_point(k, width, 0)) {
        warp_in_fixed_point(warp, from, target, width, height);
    } else {
        warp_by_steps(warp, from, target, width, height);
    }
}

cimage_status cimage_warp_rgb(const cimage_warp *warp, const uint8_t *source, int32_t source_width,
                              int32_t source_height, uint8_t *destination, int32_t width, int32_t height) {
    if (warp == NULL || source == NULL || destination == NULL || source_width <= 0 || source_height <= 0 || width <= 0
        || height <= 0) {
        return CIMAGE_INVALID_ARGUMENT;
    }
    const image from = {source, source_width, source_height, (size_t)source_width * 3};
    switch (warp->sampling) {
    case CIMAGE_SAMPLING_NEAREST: warp_nearest(warp, &from, destination, width, height); return CIMAGE_OK;
    case CIMAGE_SAMPLING_BILINEAR: warp_bilinear(warp, &from, destination, width, height); return CIMAGE_OK;
    case CIMAGE_SAMPLING_BICUBIC: warp_bicubic(warp, &from, destination, width, height); return CIMAGE_OK;
    default: return CIMAGE_INVALID_ARGUMENT;
    }
}
