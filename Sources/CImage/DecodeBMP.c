// BMP: Windows bitmaps of all versions and those of OS/2, with and without palettes, bit masks and run lengths. The
// rules for odd files are Pillow's, so that the pixels are the same.

#include "Internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    /// The size of the first header.
    file_header = 14,
    /// The size of the second header in the oldest version, with 16-bit sizes and palettes of three bytes a color.
    core_header = 12,
    maximum_colors = 65536,
};

typedef enum bmp_compression { raw = 0, run_lengths_8 = 1, run_lengths_4 = 2, bit_masks = 3 } bmp_compression;

typedef struct bmp_state {
    const uint8_t *bytes;
    size_t count;
    /// The first byte of the pixels.
    size_t offset;
    uint32_t width;
    uint32_t height;
    uint32_t bits;
    bmp_compression compression;
    bool is_top_down;
    /// Red, green, blue. Colors that the file does not define are black.
    uint8_t palette[256][3];
    /// In 24 and 32 bits: the byte of each channel within a pixel.
    uint8_t channels[3];
    /// In 16 bits: whether green has 6 bits.
    bool has_long_green;
} bmp_state;

static void bmp_close(void *opaque) {
    free(opaque);
}

/// The bytes of a row, a multiple of four.
static uint64_t stride_of(const bmp_state *state) {
    return ((uint64_t)state->width * state->bits + 31) / 32 * 4;
}

/// Whether the palette is what an image without one would have: 0, 1, 2 … in gray, or black and white.
static bool is_gray(const bmp_state *state, size_t colors, size_t defined) {
    for (size_t i = 0; i < colors; i++) {
        const uint8_t *color = state->palette[i % 256];
        uint8_t gray = colors == 2 ? (uint8_t)(i * 255) : (uint8_t)i;
        if (i >= defined || color[0] != gray || color[1] != gray || color[2] != gray) {
            return false;
        }
    }
    return true;
}

/// Reads the palette at `*position` and moves the position behind it.
static cimage_status read_palette(bmp_state *state, uint64_t colors, size_t entry, size_t *position,
                                  cimage_info *info, cimage_error *error) {
    if (colors > maximum_colors) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED,
                           "a BMP file with a palette of %llu colors; at most 256 are needed",
                           (unsigned long long)colors);
    }
    size_t left = (state->count - *position) / entry;
    size_t defined = colors < left ? (size_t)colors : left;
    for (size_t i = 0; i < 256; i++) {
        for (size_t channel = 0; channel < 3; channel++) {
            state->palette[i][channel] = i < defined ? state->bytes[*position + i * entry + 2 - channel] : 0;
        }
    }
    info->color = CIMAGE_COLOR_PALETTE;
    if (colors <= 256 && is_gray(state, (size_t)colors, defined)) {
        // Pillow does not use such a palette, so that colors beyond it are grays, too.
        info->color = CIMAGE_COLOR_GRAY;
        for (size_t i = (size_t)colors; i < 256; i++) {
            memset(state->palette[i], state->bits == 1 ? 255 : (int)i, 3);
        }
    }
    *position = colors < left ? *position + (size_t)colors * entry : state->count;
    return CIMAGE_OK;
}

/// Finds the bytes of the channels. Only masks that Pillow knows are allowed.
static bool set_masks(bmp_state *state, const uint32_t masks[4], cimage_info *info) {
    static const uint32_t known[][4] = {
        {0xFF0000, 0xFF00, 0xFF, 0},
        {0xFF000000, 0xFF0000, 0xFF00, 0},
        {0xFF000000, 0xFF00, 0xFF, 0},
        {0xFF000000, 0xFF0000, 0xFF00, 0xFF},
        {0xFF, 0xFF00, 0xFF0000, 0xFF000000},
        {0xFF0000, 0xFF00, 0xFF, 0xFF000000},
        {0xFF000000, 0xFF00, 0xFF, 0xFF0000},
    };
    bool are_missing = masks[0] == 0 && masks[1] == 0 && masks[2] == 0;
    switch (state->bits) {
    case 16:
        state->has_long_green = masks[0] == 0xF800 && masks[1] == 0x7E0 && masks[2] == 0x1F;
        return state->has_long_green || (masks[0] == 0x7C00 && masks[1] == 0x3E0 && masks[2] == 0x1F);
    case 24: return memcmp(masks, known[0], 3 * sizeof masks[0]) == 0;
    case 32: break;
    default: return false;
    }
    info->has_alpha = masks[3] != 0 || are_missing;
    if (are_missing) {
        return masks[3] == 0;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (memcmp(masks, known[i], sizeof known[i]) == 0) {
            for (size_t channel = 0; channel < 3; channel++) {
                state->channels[channel] = (uint8_t)(__builtin_ctz(masks[channel]) / 8);
            }
            return true;
        }
    }
    return false;
}

/// Checks the depth and the compression, and reads the bit masks at `*position` if they follow the header.
static cimage_status read_layout(bmp_state *state, const uint8_t *header, size_t header_size, uint32_t compression,
                                 size_t *position, cimage_info *info, cimage_error *error) {
    bool has_palette = state->bits == 1 || state->bits == 4 || state->bits == 8;
    if (!has_palette && state->bits != 16 && state->bits != 24 && state->bits != 32) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED,
                           "a BMP file with %u bits per pixel; 1, 4, 8, 16, 24 and 32 are supported", state->bits);
    }
    bool has_runs = compression == run_lengths_8 || compression == run_lengths_4;
    if (compression > bit_masks || (has_runs && !has_palette)) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED, "a BMP file with %u bits per pixel and compression %u",
                           state->bits, compression);
    }
    state->compression = (bmp_compression)compression;
    if (compression != bit_masks) {
        return CIMAGE_OK;
    }
    uint32_t masks[4] = {0};
    const uint8_t *place = header + 40;
    int count = header_size >= 56 ? 4 : 3;
    if (header_size < 52) {
        if (state->count - *position < 12) {
            return cimage_fail_truncated(error, "BMP", state->count);
        }
        place = state->bytes + *position;
        *position += 12;
    }
    for (int i = 0; i < count; i++) {
        masks[i] = little32(place + i * 4);
    }
    if (!set_masks(state, masks, info)) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED,
                           "a BMP file with %u bits per pixel and the bit masks %x, %x, %x, %x", state->bits, masks[0],
                           masks[1], masks[2], masks[3]);
    }
    return CIMAGE_OK;
}

/// Whether the bytes can contain the image. A run has two bytes and at most 255 pixels; four bytes skip at most 255
/// rows and 255 pixels.
static bool can_hold_image(const bmp_state *state) {
    uint64_t left = state->count - state->offset;
    if (state->compression == run_lengths_8 || state->compression == run_lengths_4) {
        return state->height <= (left / 4 + 1) * 256 + left / 2 * 255;
    }
    uint64_t row = ((uint64_t)state->width * state->bits + 7) / 8;
    return stride_of(state) * (state->height - 1) + row <= left;
}

static cimage_status read_headers(bmp_state *state, uint64_t maximum_pixels, cimage_info *info, cimage_error *error) {
    // The signature has been checked: there are 18 bytes, and the size of the header is a known one.
    const uint8_t *header = state->bytes + file_header;
    size_t header_size = little32(header);
    if (state->count - file_header < header_size) {
        return cimage_fail_truncated(error, "BMP", state->count);
    }
    bool is_core = header_size == core_header;
    uint64_t width = is_core ? little16(header + 4) : little32(header + 4);
    uint64_t height = is_core ? little16(header + 6) : little32(header + 8);
    // Only small negative heights count as such, as in Pillow.
    state->is_top_down = !is_core && header[11] == 0xFF;
    if (state->is_top_down) {
        height = ((uint64_t)1 << 32) - height;
    }
    cimage_status status = cimage_check_size(width, height, maximum_pixels, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    state->width = (uint32_t)width;
    state->height = (uint32_t)height;
    state->bits = little16(header + (is_core ? 10 : 14));
    uint32_t compression = is_core ? raw : little32(header + 16);
    size_t position = file_header + header_size;
    status = read_layout(state, header, header_size, compression, &position, info, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    uint64_t offset = little32(state->bytes + 10);
    if (state->bits <= 8) {
        size_t entry = is_core ? 3 : 4;
        uint64_t colors = is_core ? 0 : little32(header + 32);
        colors = colors != 0 ? colors : (uint64_t)1 << state->bits;
        // Some writers forget the palette.
        if (offset == file_header + header_size) {
            offset += colors * entry;
        }
        status = read_palette(state, colors, entry, &position, info, error);
        if (status != CIMAGE_OK) {
            return status;
        }
    }
    info->bit_depth = state->bits == 16 ? (state->has_long_green ? 6 : 5) : state->bits <= 8 ? (int32_t)state->bits : 8;
    offset = offset != 0 ? offset : position;
    if (offset > state->count) {
        return cimage_fail_truncated(error, "BMP", state->count);
    }
    state->offset = (size_t)offset;
    return CIMAGE_OK;
}

static cimage_status bmp_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                              cimage_info *info, cimage_error *error) {
    bmp_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->bytes = bytes;
    state->count = count;
    state->channels[0] = 2;
    state->channels[1] = 1;
    cimage_status status = read_headers(state, maximum_pixels, info, error);
    if (status == CIMAGE_OK && !can_hold_image(state)) {
        status = cimage_fail_too_few(error, "BMP", count, state->width, state->height);
    }
    if (status != CIMAGE_OK) {
        bmp_close(state);
        return status;
    }
    info->width = (int32_t)state->width;
    info->height = (int32_t)state->height;
    *result = state;
    return CIMAGE_OK;
}

/// The row of the image that is at this place in the file: most files begin with the lowest.
static uint8_t *row_at(const bmp_state *state, uint8_t *pixels, uint32_t place) {
    size_t y = state->is_top_down ? place : state->height - 1 - place;
    return pixels + y * state->width * 3;
}

static void read_indices(const bmp_state *state, const uint8_t *source, uint8_t *target) {
    uint32_t per_byte = 8 / state->bits;
    uint32_t mask = (1u << state->bits) - 1;
    for (uint32_t x = 0; x < state->width; x++) {
        uint32_t shift = 8 - state->bits * (x % per_byte + 1);
        memcpy(target + (size_t)x * 3, state->palette[source[x / per_byte] >> shift & mask], 3);
    }
}

/// Five or six bits to eight, rounded down.
static void read_short_pixels(const bmp_state *state, const uint8_t *source, uint8_t *target) {
    uint32_t green = state->has_long_green ? 63 : 31;
    uint32_t red_shift = state->has_long_green ? 11 : 10;
    for (uint32_t x = 0; x < state->width; x++) {
        uint32_t pixel = little16(source + (size_t)x * 2);
        target[(size_t)x * 3] = (uint8_t)((pixel >> red_shift & 31) * 255 / 31);
        target[(size_t)x * 3 + 1] = (uint8_t)((pixel >> 5 & green) * 255 / green);
        target[(size_t)x * 3 + 2] = (uint8_t)((pixel & 31) * 255 / 31);
    }
}

static void read_long_pixels(const bmp_state *state, const uint8_t *source, uint8_t *target) {
    size_t size = state->bits / 8;
    for (size_t x = 0; x < state->width; x++) {
        for (size_t channel = 0; channel < 3; channel++) {
            target[x * 3 + channel] = source[x * size + state->channels[channel]];
        }
    }
}

// MARK: Run lengths

/// The target of runs, pixel by pixel.
typedef struct run_target {
    const bmp_state *state;
    uint8_t *pixels;
    /// The next pixel. Runs of one color end at the end of a row, lists of colors do not.
    uint32_t x;
    uint32_t row;
} run_target;

static bool is_full(const run_target *target) {
    return target->row >= target->state->height;
}

static void put(run_target *target, uint8_t index) {
    if (is_full(target)) {
        return;
    }
    const bmp_state *state = target->state;
    memcpy(row_at(state, target->pixels, target->row) + (size_t)target->x * 3, state->palette[index], 3);
    if (++target->x == state->width) {
        target->x = 0;
        target->row++;
    }
}

/// Skipped pixels have color 0.
static void skip(run_target *target, uint64_t count) {
    while (count-- > 0 && !is_full(target)) {
        put(target, 0);
    }
}

/// One color, or two in turn.
static void put_run(run_target *target, uint32_t count, uint8_t colors, bool has_nibbles) {
    for (uint32_t i = 0; i < count; i++) {
        put(target, !has_nibbles ? colors : i % 2 == 0 ? colors >> 4 : colors & 15);
    }
}

/// A list of colors.
static void put_list(run_target *target, const uint8_t *colors, uint32_t count, bool has_nibbles) {
    for (uint32_t i = 0; i < count; i++) {
        put(target, !has_nibbles ? colors[i] : i % 2 == 0 ? colors[i / 2] >> 4 : colors[i / 2] & 15);
    }
}

static cimage_status read_runs(const bmp_state *state, uint8_t *pixels, cimage_error *error) {
    enum { end_of_row = 0, end_of_image = 1, move = 2 };
    bool has_nibbles = state->compression == run_lengths_4;
    run_target target = {state, pixels, 0, 0};
    // The column by the count of pixels in the file, which may be beyond the end of the row.
    uint64_t column = 0;
    size_t position = state->offset;
    bool has_end = false;
    while (!is_full(&target) && !has_end) {
        if (state->count - position < 2) {
            return cimage_fail_truncated(error, "BMP", state->count);
        }
        uint32_t count = state->bytes[position];
        uint8_t value = state->bytes[position + 1];
        position += 2;
        if (count > 0) {
            uint64_t left = column < state->width ? state->width - column : 0;
            count = count < left ? count : (uint32_t)left;
            put_run(&target, count, value, has_nibbles);
            column += count;
        } else if (value == end_of_row) {
            skip(&target, target.x == 0 ? 0 : state->width - target.x);
            column = 0;
        } else if (value == end_of_image) {
            has_end = true;
        } else if (value == move) {
            if (state->count - position < 2) {
                return cimage_fail_truncated(error, "BMP", state->count);
            }
            skip(&target, state->bytes[position] + (uint64_t)state->bytes[position + 1] * state->width);
            position += 2;
            column = target.x;
        } else {
            uint64_t left = (uint64_t)(state->height - target.row) * state->width - target.x;
            count = value < left ? value : (uint32_t)left;
            size_t size = has_nibbles ? (count + 1) / 2 : count;
            if (state->count - position < size) {
                return cimage_fail_truncated(error, "BMP", state->count);
            }
            put_list(&target, state->bytes + position, count, has_nibbles);
            column += value;
            position += size;
            // The next run begins at an even place in the file.
            position += position % 2 != 0 && position < state->count ? 1 : 0;
        }
    }
    if (!is_full(&target)) {
        return cimage_fail(error, CIMAGE_TRUNCATED, "the BMP file is truncated: its pixels end in row %u of %u",
                           target.row + 1, state->height);
    }
    return CIMAGE_OK;
}

static cimage_status bmp_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    const bmp_state *state = opaque;
    if (state->compression == run_lengths_8 || state->compression == run_lengths_4) {
        return read_runs(state, pixels, error);
    }
    size_t stride = (size_t)stride_of(state);
    for (uint32_t y = 0; y < state->height; y++) {
        const uint8_t *source = state->bytes + state->offset + y * stride;
        uint8_t *target = row_at(state, pixels, y);
        if (state->bits <= 8) {
            read_indices(state, source, target);
        } else if (state->bits == 16) {
            read_short_pixels(state, source, target);
        } else {
            read_long_pixels(state, source, target);
        }
    }
    return CIMAGE_OK;
}

/// The pixels are converted where they are.
static uint64_t bmp_memory(const void *opaque) {
    (void)opaque;
    return 0;
}

const cimage_codec cimage_bmp_codec = {bmp_open, bmp_read_rgb, bmp_close, bmp_memory};
