// GIF, 87a and 89a: the first frame on its canvas, without transparency. The rules for odd files are Pillow's, so that
// the pixels are the same.

#include "Internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    /// The bytes before the first block, without the palette.
    header_size = 13,
    /// The bytes of an image block before its palette, after the comma.
    descriptor_size = 9,
    palette_flag = 0x80,
    interlace_flag = 0x40,
    /// The bits of the longest code, and the number of such codes.
    maximum_bits = 12,
    maximum_codes = 1 << maximum_bits,
    /// The pixels that a byte of codes can stand for: a code of 12 bits, 4096 pixels.
    maximum_ratio = 2731,
};

typedef struct gif_frame {
    uint32_t left;
    uint32_t top;
    uint32_t width;
    uint32_t height;
} gif_frame;

typedef struct gif_state {
    const uint8_t *bytes;
    size_t count;
    /// The next byte: after `gif_open` the first block of codes.
    size_t position;
    uint32_t width;
    uint32_t height;
    gif_frame frame;
    bool is_interlaced;
    /// Codes below 1 << `bits` are colors.
    uint32_t bits;
    /// The color around the frame.
    uint8_t surround;
    /// Red, green, blue. Without a palette, indices are grays.
    uint8_t palette[256][3];
} gif_state;

static void gif_close(void *opaque) {
    free(opaque);
}

static bool has_bytes(const gif_state *state, size_t position, size_t count) {
    return position <= state->count && state->count - position >= count;
}

/// The position after a sequence of blocks, each with its length in front, the last of which is empty. This may be the
/// end of the file.
static size_t after_blocks(const gif_state *state, size_t position) {
    while (position < state->count) {
        size_t length = state->bytes[position];
        position += 1 + length;
        if (length == 0) {
            break;
        }
    }
    return position < state->count ? position : state->count;
}

static void set_grays(gif_state *state) {
    for (size_t i = 0; i < 256; i++) {
        memset(state->palette[i], (int)i, 3);
    }
}

/// Reads a palette of 2 to 256 colors, which `flags` contains. Returns false if the file ends before it does.
static bool read_palette(gif_state *state, uint8_t flags, cimage_info *info) {
    size_t colors = (size_t)2 << (flags & 7);
    if (!has_bytes(state, state->position, colors * 3)) {
        return false;
    }
    const uint8_t *palette = state->bytes + state->position;
    bool is_gray = true;
    for (size_t i = 0; i < colors * 3; i++) {
        is_gray = is_gray && palette[i] == i / 3;
    }
    // Pillow does not use a palette of grays that equal their indices. Beyond any other, all is black.
    set_grays(state);
    if (!is_gray) {
        memset(state->palette, 0, sizeof state->palette);
        memcpy(state->palette, palette, colors * 3);
    }
    info->color = is_gray ? CIMAGE_COLOR_GRAY : CIMAGE_COLOR_PALETTE;
    state->position += colors * 3;
    return true;
}

/// Moves to the first image block, after its comma, past extensions. One of these may contain a transparent color.
static cimage_status find_image(gif_state *state, cimage_info *info, cimage_error *error) {
    enum { extension = '!', image = ',', end = ';', graphic_control = 0xF9, has_transparency = 1 };
    while (state->position < state->count) {
        uint8_t kind = state->bytes[state->position++];
        if (kind == image) {
            return CIMAGE_OK;
        }
        if (kind == end) {
            return cimage_fail(error, CIMAGE_CORRUPT, "the GIF data are damaged: there is no image in the file");
        }
        // Pillow passes over bytes between the blocks.
        if (kind != extension) {
            continue;
        }
        if (!has_bytes(state, state->position, 2)) {
            return cimage_fail_truncated(error, "GIF", state->count);
        }
        const uint8_t *block = state->bytes + state->position;
        if (block[0] == graphic_control && block[1] >= 4) {
            if (!has_bytes(state, state->position, 6)) {
                return cimage_fail_truncated(error, "GIF", state->count);
            }
            if (block[2] & has_transparency) {
                state->surround = block[5];
                info->has_alpha = true;
            }
        }
        state->position = after_blocks(state, state->position + 1);
    }
    return cimage_fail_truncated(error, "GIF", state->count);
}

/// Whether another image block follows the codes of the first.
static bool has_second_image(const gif_state *state) {
    size_t position = after_blocks(state, state->position);
    while (position < state->count) {
        uint8_t kind = state->bytes[position++];
        if (kind == ',') {
            return has_bytes(state, position, descriptor_size + 1);
        }
        if (kind == ';') {
            return false;
        }
        position = kind == '!' ? after_blocks(state, position + 1) : position;
    }
    return false;
}

/// Reads the description of the image block and the size of the codes.
static cimage_status read_frame(gif_state *state, cimage_info *info, cimage_error *error) {
    if (!has_bytes(state, state->position, descriptor_size)) {
        return cimage_fail_truncated(error, "GIF", state->count);
    }
    const uint8_t *descriptor = state->bytes + state->position;
    state->position += descriptor_size;
    state->frame = (gif_frame){little16(descriptor), little16(descriptor + 2), little16(descriptor + 4),
                               little16(descriptor + 6)};
    uint8_t flags = descriptor[8];
    state->is_interlaced = (flags & interlace_flag) != 0;
    if ((flags & palette_flag) != 0 && !read_palette(state, flags, info)) {
        return cimage_fail_truncated(error, "GIF", state->count);
    }
    if (!has_bytes(state, state->position, 1)) {
        return cimage_fail_truncated(error, "GIF", state->count);
    }
    state->bits = state->bytes[state->position++];
    if (state->bits > maximum_bits) {
        return cimage_fail(error, CIMAGE_CORRUPT,
                           "the GIF data are damaged: the minimum code size is %u bits; at most %d are allowed",
                           state->bits, maximum_bits);
    }
    if (state->frame.width == 0 || state->frame.height == 0) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the GIF data are damaged: the first frame is %u x %u pixels",
                           state->frame.width, state->frame.height);
    }
    return CIMAGE_OK;
}

static cimage_status read_header(gif_state *state, uint64_t maximum_pixels, cimage_info *info, cimage_error *error) {
    if (state->count < header_size) {
        return cimage_fail_truncated(error, "GIF", state->count);
    }
    info->color = CIMAGE_COLOR_GRAY;
    set_grays(state);
    uint8_t flags = state->bytes[10];
    state->position = header_size;
    if ((flags & palette_flag) != 0 && !read_palette(state, flags, info)) {
        return cimage_fail_truncated(error, "GIF", state->count);
    }
    cimage_status status = find_image(state, info, error);
    if (status == CIMAGE_OK) {
        status = read_frame(state, info, error);
    }
    if (status != CIMAGE_OK) {
        return status;
    }
    // A frame beyond the canvas enlarges it.
    uint32_t right = state->frame.left + state->frame.width;
    uint32_t bottom = state->frame.top + state->frame.height;
    state->width = little16(state->bytes + 6);
    state->height = little16(state->bytes + 8);
    state->width = state->width > right ? state->width : right;
    state->height = state->height > bottom ? state->height : bottom;
    return cimage_check_size(state->width, state->height, maximum_pixels, error);
}

static cimage_status gif_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                              cimage_info *info, cimage_error *error) {
    gif_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->bytes = bytes;
    state->count = count;
    cimage_status status = read_header(state, maximum_pixels, info, error);
    uint64_t pixels = (uint64_t)state->frame.width * state->frame.height;
    if (status == CIMAGE_OK && pixels / maximum_ratio > count - state->position) {
        status = cimage_fail_too_few(error, "GIF", count, state->frame.width, state->frame.height);
    }
    if (status != CIMAGE_OK) {
        gif_close(state);
        return status;
    }
    info->width = (int32_t)state->width;
    info->height = (int32_t)state->height;
    info->has_more_frames = has_second_image(state);
    *result = state;
    return CIMAGE_OK;
}

// MARK: Pixels

/// The place of the next pixel of the frame.
typedef struct gif_target {
    const gif_state *state;
    uint8_t *pixels;
    uint32_t x;
    uint32_t y;
    /// The pass of an interlaced image, and the rows from one row to the next.
    uint32_t pass;
    uint32_t step;
    bool is_full;
} gif_target;

/// Moves to the next row: an interlaced image has every eighth row first, then those between.
static void end_row(gif_target *target) {
    static const uint8_t starts[] = {0, 4, 2, 1};
    static const uint8_t steps[] = {8, 8, 4, 2};
    target->x = 0;
    target->y += target->step;
    while (target->y >= target->state->frame.height) {
        if (!target->state->is_interlaced || ++target->pass > 3) {
            target->is_full = true;
            return;
        }
        target->y = starts[target->pass];
        target->step = steps[target->pass];
    }
}

static void put(gif_target *target, uint8_t index) {
    const gif_state *state = target->state;
    size_t x = (size_t)state->frame.left + target->x;
    size_t y = (size_t)state->frame.top + target->y;
    memcpy(target->pixels + (y * state->width + x) * 3, state->palette[index], 3);
    if (++target->x == state->frame.width) {
        end_row(target);
    }
}

/// The bits of the blocks, lowest first.
typedef struct gif_reader {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    /// The bytes left in the block.
    size_t block;
    uint32_t buffer;
    uint32_t buffered;
} gif_reader;

/// Reads a code of up to 13 bits. Returns false if the file ends before the block does: Pillow reads only whole blocks.
static bool read_code(gif_reader *reader, uint32_t bits, uint32_t *code) {
    while (reader->buffered < bits) {
        if (reader->position >= reader->count) {
            return false;
        }
        uint8_t byte = reader->bytes[reader->position++];
        if (reader->block > 0) {
            reader->buffer |= (uint32_t)byte << reader->buffered;
            reader->buffered += 8;
            reader->block--;
        } else if (reader->count - reader->position >= byte) {
            reader->block = byte;
        } else {
            return false;
        }
    }
    *code = reader->buffer & ((1u << bits) - 1);
    reader->buffer >>= bits;
    reader->buffered -= bits;
    return true;
}

/// The strings of pixels that codes stand for: each is an earlier string and one more pixel.
typedef struct gif_table {
    uint16_t prefix[maximum_codes];
    uint8_t last[maximum_codes];
    /// A string, from its last pixel to its first.
    uint8_t string[maximum_codes + 1];
} gif_table;

static cimage_status damaged(uint32_t code, cimage_error *error) {
    return cimage_fail(error, CIMAGE_CORRUPT, "the GIF data are damaged: code %u is not defined yet", code);
}

/// Decompresses the codes: Lempel-Ziv-Welch, with codes that grow up to 12 bits.
static cimage_status read_codes(const gif_state *state, gif_table *table, gif_target *target, cimage_error *error) {
    gif_reader reader = {state->bytes, state->count, state->position, 0, 0, 0};
    uint32_t clear = 1u << state->bits;
    uint32_t next = clear + 2;
    uint32_t bits = state->bits + 1;
    uint32_t previous = 0;
    uint8_t first = 0;
    bool is_start = true;
    while (!target->is_full) {
        uint32_t code;
        if (!read_code(&reader, bits, &code)) {
            return cimage_fail_truncated(error, "GIF", state->count);
        }
        if (code == clear) {
            next = clear + 2;
            bits = state->bits + 1;
            is_start = true;
            continue;
        }
        if (code == clear + 1) {
            return cimage_fail(error, CIMAGE_TRUNCATED, "the GIF file is truncated: its pixels end in row %u of %u",
                               target->y + 1, state->frame.height);
        }
        if (is_start) {
            if (code > clear) {
                return damaged(code, error);
            }
            first = (uint8_t)code;
            previous = code;
            is_start = false;
            put(target, first);
            continue;
        }
        if (code > next) {
            return damaged(code, error);
        }
        size_t length = 0;
        uint32_t part = code;
        if (code == next) {
            // The string before, and its first pixel again.
            table->string[length++] = first;
            part = previous;
        }
        while (part >= clear) {
            if (length >= maximum_codes || part >= maximum_codes) {
                return damaged(code, error);
            }
            table->string[length++] = table->last[part];
            part = table->prefix[part];
        }
        first = (uint8_t)part;
        table->string[length++] = first;
        while (length > 0 && !target->is_full) {
            put(target, table->string[--length]);
        }
        if (next < maximum_codes) {
            table->last[next] = first;
            table->prefix[next] = (uint16_t)previous;
            if (next == (1u << bits) - 1 && bits < maximum_bits) {
                bits++;
            }
            next++;
        }
        previous = code;
    }
    return CIMAGE_OK;
}

static cimage_status gif_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    const gif_state *state = opaque;
    if (state->frame.width != state->width || state->frame.height != state->height) {
        size_t count = (size_t)state->width * state->height;
        for (size_t i = 0; i < count; i++) {
            memcpy(pixels + i * 3, state->palette[state->surround], 3);
        }
    }
    // Entries are read only after they were written.
    gif_table *table = malloc(sizeof *table);
    if (table == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    gif_target target = {state, pixels, 0, 0, 0, state->is_interlaced ? 8 : 1, false};
    cimage_status status = read_codes(state, table, &target, error);
    free(table);
    return status;
}

/// The pixels are written where they belong; the tables are small.
static uint64_t gif_memory(const void *opaque) {
    (void)opaque;
    return 0;
}

const cimage_codec cimage_gif_codec = {gif_open, gif_read_rgb, gif_close, gif_memory};
