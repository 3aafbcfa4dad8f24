// PBM, PGM and PPM, plain (P1 to P3) and raw (P4 to P6), as the manual of netpbm describes them. Samples are scaled to
// 8 bits and rounded as in Pillow. Of gray with more than 8 bits, the high byte is taken, as in 16-bit PNG.

#include "Internal.h"

#include <stdlib.h>
#include <string.h>

/// The digits of a number. Pillow has the same limit.
enum { maximum_digits = 10 };

typedef struct pnm_state {
    const uint8_t *bytes;
    size_t count;
    /// The next byte.
    size_t position;
    uint32_t width;
    uint32_t height;
    /// The value of white, 1 to 65,535.
    uint32_t maximum;
    uint8_t channels;
    bool is_plain;
    bool is_bitmap;
} pnm_state;

static void pnm_close(void *opaque) {
    free(opaque);
}

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/// Skips a comment, of which the first byte has been read, up to and including the end of its line.
static void skip_comment(pnm_state *state) {
    while (state->position < state->count) {
        uint8_t byte = state->bytes[state->position++];
        if (byte == '\n' || byte == '\r') {
            return;
        }
    }
}

/// Reads a number and the white space after it. A comment may be anywhere, even between digits.
static cimage_status read_number(pnm_state *state, uint64_t *number, cimage_error *error) {
    *number = 0;
    int digits = 0;
    while (state->position < state->count) {
        uint8_t byte = state->bytes[state->position++];
        if (byte == '#') {
            skip_comment(state);
        } else if (is_space(byte)) {
            if (digits > 0) {
                return CIMAGE_OK;
            }
        } else if (byte >= '0' && byte <= '9' && digits < maximum_digits) {
            *number = *number * 10 + (uint64_t)(byte - '0');
            digits++;
        } else {
            return cimage_fail(error, CIMAGE_CORRUPT, "the PNM data are damaged: byte %zu is not part of a number",
                               state->position - 1);
        }
    }
    return digits > 0 ? CIMAGE_OK : cimage_fail_truncated(error, "PNM", state->count);
}

/// The bytes of a row in a raw file.
static uint64_t row_size(const pnm_state *state) {
    uint64_t samples = (uint64_t)state->width * state->channels;
    return state->is_bitmap ? (samples + 7) / 8 : state->maximum > 255 ? samples * 2 : samples;
}

/// The fewest bytes that contain the image. In a plain file, at least one byte separates two numbers, but not two bits.
static uint64_t needed_bytes(const pnm_state *state) {
    if (!state->is_plain) {
        return row_size(state) * state->height;
    }
    uint64_t samples = (uint64_t)state->width * state->channels * state->height;
    return state->is_bitmap ? samples : samples * 2 - 1;
}

/// Reads the values after the magic number: the size, and that of white.
static cimage_status read_header(pnm_state *state, uint64_t maximum_pixels, cimage_error *error) {
    uint64_t width = 0;
    uint64_t height = 0;
    uint64_t maximum = 1;
    cimage_status status = read_number(state, &width, error);
    if (status == CIMAGE_OK) {
        status = read_number(state, &height, error);
    }
    if (status == CIMAGE_OK && !state->is_bitmap) {
        status = read_number(state, &maximum, error);
    }
    if (status == CIMAGE_OK) {
        status = cimage_check_size(width, height, maximum_pixels, error);
    }
    if (status != CIMAGE_OK) {
        return status;
    }
    if (maximum < 1 || maximum > 65535) {
        return cimage_fail(error, CIMAGE_CORRUPT,
                           "the PNM data are damaged: the maximum value is %llu; 1 to 65535 are allowed",
                           (unsigned long long)maximum);
    }
    state->width = (uint32_t)width;
    state->height = (uint32_t)height;
    state->maximum = (uint32_t)maximum;
    return CIMAGE_OK;
}

static cimage_status pnm_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                              cimage_info *info, cimage_error *error) {
    pnm_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    // The signature has been checked: P, a digit from 1 to 6, and more.
    int kind = bytes[1] - '0';
    state->bytes = bytes;
    state->count = count;
    state->position = 2;
    state->is_plain = kind <= 3;
    state->is_bitmap = kind == 1 || kind == 4;
    state->channels = kind == 3 || kind == 6 ? 3 : 1;
    cimage_status status = read_header(state, maximum_pixels, error);
    if (status == CIMAGE_OK && needed_bytes(state) > count - state->position) {
        status = cimage_fail_too_few(error, "PNM", count, state->width, state->height);
    }
    if (status != CIMAGE_OK) {
        pnm_close(state);
        return status;
    }
    info->width = (int32_t)state->width;
    info->height = (int32_t)state->height;
    info->color = state->channels == 3 ? CIMAGE_COLOR_RGB : CIMAGE_COLOR_GRAY;
    info->bit_depth = state->is_bitmap ? 1 : state->maximum > 255 ? 16 : 8;
    if (!state->is_plain) {
        // Another image may follow at once.
        size_t end = state->position + (size_t)needed_bytes(state);
        info->has_more_frames = cimage_detect(bytes + end, count - end, NULL) == CIMAGE_FORMAT_PNM;
    }
    *result = state;
    return CIMAGE_OK;
}

/// value / maximum * white, rounded half to even as by Python's `round`.
static uint32_t scaled(uint32_t value, uint32_t maximum, uint32_t white) {
    double exact = (double)value / maximum * white;
    uint32_t low = (uint32_t)exact;
    double rest = exact - low;
    return rest > 0.5 || (rest == 0.5 && low % 2 == 1) ? low + 1 : low;
}

/// A sample in 8 bits. Values above white are white.
static uint8_t sample(const pnm_state *state, uint32_t value) {
    value = value < state->maximum ? value : state->maximum;
    if (state->channels == 1 && state->maximum > 255) {
        return (uint8_t)(scaled(value, state->maximum, 65535) >> 8);
    }
    return (uint8_t)scaled(value, state->maximum, 255);
}

/// Stores a sample, in gray images in all three channels. Returns the place of the next.
static uint8_t *store(const pnm_state *state, uint8_t *target, uint8_t value) {
    *target++ = value;
    if (state->channels == 1) {
        *target++ = value;
        *target++ = value;
    }
    return target;
}

/// In a plain bitmap each digit is a pixel, and 1 is black.
static cimage_status read_plain_bitmap(pnm_state *state, uint8_t *pixels, cimage_error *error) {
    uint8_t *end = pixels + (size_t)state->width * state->height * 3;
    while (pixels < end && state->position < state->count) {
        uint8_t byte = state->bytes[state->position++];
        if (byte == '#') {
            skip_comment(state);
        } else if (byte == '0' || byte == '1') {
            pixels = store(state, pixels, byte == '0' ? 255 : 0);
        } else if (!is_space(byte)) {
            return cimage_fail(error, CIMAGE_CORRUPT, "the PNM data are damaged: byte %zu is not 0 or 1",
                               state->position - 1);
        }
    }
    return pixels == end ? CIMAGE_OK : cimage_fail_truncated(error, "PNM", state->count);
}

static cimage_status read_plain(pnm_state *state, uint8_t *pixels, cimage_error *error) {
    uint8_t *end = pixels + (size_t)state->width * state->height * 3;
    while (pixels < end) {
        uint64_t value;
        cimage_status status = read_number(state, &value, error);
        if (status != CIMAGE_OK) {
            return status;
        }
        if (value > state->maximum) {
            return cimage_fail(error, CIMAGE_CORRUPT,
                               "the PNM data are damaged: a value of %llu, although the maximum is %u",
                               (unsigned long long)value, state->maximum);
        }
        pixels = store(state, pixels, sample(state, (uint32_t)value));
    }
    return CIMAGE_OK;
}

/// The bytes are known to be there.
static void read_raw(const pnm_state *state, uint8_t *pixels) {
    size_t samples = (size_t)state->width * state->channels;
    size_t size = (size_t)row_size(state);
    uint8_t values[256];
    for (uint32_t value = 0; value < 256; value++) {
        values[value] = state->maximum > 255 ? 0 : sample(state, value);
    }
    for (uint32_t y = 0; y < state->height; y++) {
        const uint8_t *row = state->bytes + state->position + y * size;
        if (state->is_bitmap) {
            for (size_t x = 0; x < samples; x++) {
                pixels = store(state, pixels, row[x / 8] >> (7 - x % 8) & 1 ? 0 : 255);
            }
        } else if (state->maximum > 255) {
            for (size_t i = 0; i < samples; i++) {
                pixels = store(state, pixels, sample(state, big16(row + i * 2)));
            }
        } else if (state->maximum == 255 && state->channels == 3) {
            memcpy(pixels, row, samples);
            pixels += samples;
        } else {
            for (size_t i = 0; i < samples; i++) {
                pixels = store(state, pixels, values[row[i]]);
            }
        }
    }
}

static cimage_status pnm_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    pnm_state *state = opaque;
    if (state->is_plain) {
        return state->is_bitmap ? read_plain_bitmap(state, pixels, error) : read_plain(state, pixels, error);
    }
    read_raw(state, pixels);
    return CIMAGE_OK;
}

/// The samples are converted where they are.
static uint64_t pnm_memory(const void *opaque) {
    (void)opaque;
    return 0;
}

const cimage_codec cimage_pnm_codec = {pnm_open, pnm_read_rgb, pnm_close, pnm_memory};
