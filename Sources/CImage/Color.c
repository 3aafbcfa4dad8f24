// Color changes as Pillow computes them on 8-bit RGB, bit for bit (see its ImageEnhance.py, ImageOps.py and
// src/libImaging/Blend.c). All work in place, so that a chain of them needs one copy.

#include "Internal.h"
#include "Pixels.h"

#include <math.h>
#include <string.h>

// MARK: Blends

CIMAGE_HOT void cimage_adjust_brightness_rgb(uint8_t *pixels, size_t count, float factor) {
    for (size_t i = 0; i < count * 3; i++) {
        pixels[i] = blend(0, pixels[i], factor);
    }
}

/// The sum of the grays of all pixels.
static CIMAGE_HOT uint64_t sum_of_grays(const uint8_t *pixels, size_t count) {
    uint64_t sum = 0;
    for (size_t start = 0; start < count; start += block_capacity) {
        block b;
        split(&b, pixels + start * 3, count - start);
        uint32_t block_sum = 0;
        for (size_t i = 0; i < b.count; i++) {
            block_sum += (uint32_t)gray_of(b.red[i], b.green[i], b.blue[i]);
        }
        sum += block_sum;
    }
    return sum;
}

static CIMAGE_HOT void blend_with(uint8_t *pixels, size_t count, int32_t from, float factor) {
    for (size_t i = 0; i < count * 3; i++) {
        pixels[i] = blend(from, pixels[i], factor);
    }
}

void cimage_adjust_contrast_rgb(uint8_t *pixels, size_t count, float factor) {
    if (count == 0) {
        return;
    }
    int32_t mean = (int32_t)((double)sum_of_grays(pixels, count) / (double)count + 0.5);
    blend_with(pixels, count, mean, factor);
}

CIMAGE_HOT void cimage_adjust_saturation_rgb(uint8_t *pixels, size_t count, float factor) {
    for (size_t start = 0; start < count; start += block_capacity) {
        block b;
        split(&b, pixels + start * 3, count - start);
        for (size_t i = 0; i < b.count; i++) {
            int32_t gray = gray_of(b.red[i], b.green[i], b.blue[i]);
            b.red[i] = blend(gray, b.red[i], factor);
            b.green[i] = blend(gray, b.green[i], factor);
            b.blue[i] = blend(gray, b.blue[i], factor);
        }
        join(&b, pixels + start * 3);
    }
}

CIMAGE_HOT void cimage_make_gray_rgb(uint8_t *pixels, size_t count) {
    for (size_t start = 0; start < count; start += block_capacity) {
        block b;
        split(&b, pixels + start * 3, count - start);
        for (size_t i = 0; i < b.count; i++) {
            uint8_t gray = (uint8_t)gray_of(b.red[i], b.green[i], b.blue[i]);
            b.red[i] = b.green[i] = b.blue[i] = gray;
        }
        join(&b, pixels + start * 3);
    }
}

// MARK: Each byte separately

CIMAGE_HOT void cimage_invert(uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(255 - bytes[i]);
    }
}

CIMAGE_HOT void cimage_posterize(uint8_t *bytes, size_t count, int32_t bits) {
    uint8_t mask = (uint8_t)(0xFF00 >> bits);
    for (size_t i = 0; i < count; i++) {
        bytes[i] &= mask;
    }
}

CIMAGE_HOT void cimage_solarize(uint8_t *bytes, size_t count, double threshold) {
    if (!(threshold <= 255.0)) {
        return;
    }
    uint8_t first = threshold <= 0.0 ? 0 : (uint8_t)ceil(threshold);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = bytes[i] < first ? bytes[i] : (uint8_t)(255 - bytes[i]);
    }
}

// MARK: By the channel's histogram

typedef uint64_t histogram[256];

static void count_values(const uint8_t *pixels, size_t count, histogram counts[3]) {
    memset(counts, 0, sizeof(histogram[3]));
    for (size_t i = 0; i < count; i++, pixels += 3) {
        counts[0][pixels[0]]++;
        counts[1][pixels[1]]++;
        counts[2][pixels[2]]++;
    }
}

static void look_up(uint8_t *pixels, size_t count, uint8_t tables[3][256]) {
    for (size_t i = 0; i < count; i++, pixels += 3) {
        pixels[0] = tables[0][pixels[0]];
        pixels[1] = tables[1][pixels[1]];
        pixels[2] = tables[2][pixels[2]];
    }
}

static void make_identity(uint8_t table[256]) {
    for (int32_t value = 0; value < 256; value++) {
        table[value] = (uint8_t)value;
    }
}

/// The brightest value is ignored, as in Pillow, so a channel with a single value stays unchanged.
static void make_equalizing(const histogram counts, uint8_t table[256]) {
    uint64_t total = 0;
    uint64_t last = 0;
    for (int32_t value = 0; value < 256; value++) {
        total += counts[value];
        last = counts[value] != 0 ? counts[value] : last;
    }
    uint64_t step = (total - last) / 255;
    if (step == 0) {
        make_identity(table);
        return;
    }
    uint64_t reached = step / 2;
    for (int32_t value = 0; value < 256; value++) {
        uint64_t level = reached / step;
        table[value] = (uint8_t)(level < 255 ? level : 255);
        reached += counts[value];
    }
}

static void make_stretching(const histogram counts, uint8_t table[256]) {
    int32_t low = 0;
    int32_t high = 255;
    while (low < 255 && counts[low] == 0) {
        low++;
    }
    while (high > 0 && counts[high] == 0) {
        high--;
    }
    if (high <= low) {
        make_identity(table);
        return;
    }
    double scale = 255.0 / (high - low);
    double offset = -low * scale;
    for (int32_t value = 0; value < 256; value++) {
        int32_t level = (int32_t)(value * scale + offset);
        table[value] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
    }
}

static void map_by_histogram(uint8_t *pixels, size_t count, void (*make)(const histogram counts, uint8_t table[256])) {
    histogram counts[3];
    uint8_t tables[3][256];
    count_values(pixels, count, counts);
    for (int32_t channel = 0; channel < 3; channel++) {
        make(counts[channel], tables[channel]);
    }
    look_up(pixels, count, tables);
}

void cimage_equalize_rgb(uint8_t *pixels, size_t count) {
    map_by_histogram(pixels, count, make_equalizing);
}

void cimage_autocontrast_rgb(uint8_t *pixels, size_t count) {
    map_by_histogram(pixels, count, make_stretching);
}

// MARK: Mixing

CIMAGE_HOT void cimage_mix_in(const uint8_t *restrict bytes, size_t count, float weight, float *restrict sums) {
    for (size_t i = 0; i < count; i++) {
        sums[i] += weight * (float)bytes[i];
    }
}

CIMAGE_HOT void cimage_mix_out(const float *restrict sums, size_t count, uint8_t *restrict bytes) {
    for (size_t i = 0; i < count; i++) {
        bytes[i] = cut(sums[i]);
    }
}

void cimage_cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, size_t count, bool is_inverted) {
    uint8_t mask = is_inverted ? 0xFF : 0;
    for (size_t i = 0; i < count; i++) {
        int white = 255 - (cmyk[i * 4 + 3] ^ mask);
        for (size_t channel = 0; channel < 3; channel++) {
            int product = (cmyk[i * 4 + channel] ^ mask) * white + 128;
            rgb[i * 3 + channel] = (uint8_t)(white - (((product >> 8) + product) >> 8));
        }
    }
}
