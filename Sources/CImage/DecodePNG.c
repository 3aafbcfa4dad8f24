// PNG with libpng. An animated PNG gives its default image, as in readers without animation support.

#include "Internal.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct png_state {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    cimage_error *error;
    cimage_status status;
} png_state;

__attribute__((noreturn)) static void on_error(png_structp png, png_const_charp message) {
    png_state *state = png_get_error_ptr(png);
    if (state->status == CIMAGE_OK) {
        state->status = strcmp(message, "Out of memory") == 0
            ? cimage_fail(state->error, CIMAGE_OUT_OF_MEMORY, "out of memory")
            : cimage_fail(state->error, CIMAGE_CORRUPT, "the PNG data are damaged: %s", message);
    }
    longjmp(state->escape, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    png_state *state = png_get_io_ptr(png);
    if (state->count - state->position < count) {
        state->status = cimage_fail_truncated(state->error, "PNG", state->count);
        png_error(png, "truncated");
    }
    memcpy(target, state->bytes + state->position, count);
    state->position += count;
}

/// The results of a walk over the chunks, without decoding.
typedef struct png_outline {
    /// The number of bytes of compressed pixels.
    uint64_t compressed;
    /// The content of the last chunk of EXIF, NULL if there is none.
    const uint8_t *exif;
    size_t exif_count;
    cimage_png_text profile;
    cimage_png_text xmp;
    bool has_transparency;
    /// The frames of the animation, 0 if there is none.
    uint32_t frames;
    /// Whether the default image is the first of them.
    bool starts_animation;
} png_outline;

/// EXIF and texts may follow the pixels, so they are searched beforehand. The last of each kind counts, as in Pillow.
/// Damaged structure ends the walk silently because decoding reports it later.
static png_outline outline_of(const uint8_t *bytes, size_t count) {
    png_outline outline = {0};
    bool has_pixels = false;
    size_t position = 8;
    while (position <= count && count - position >= 8) {
        const uint8_t *chunk = bytes + position;
        const uint8_t *type = chunk + 4;
        const uint8_t *data = chunk + 8;
        size_t length = big32(chunk);
        size_t left = count - position - 8;
        size_t here = length < left ? length : left;
        if (memcmp(type, "IDAT", 4) == 0) {
            outline.compressed += here;
            has_pixels = true;
        } else if (memcmp(type, "eXIf", 4) == 0) {
            outline.exif = data;
            outline.exif_count = here;
        } else if (memcmp(type, "tRNS", 4) == 0) {
            outline.has_transparency = outline.has_transparency || !has_pixels;
        } else if (memcmp(type, "acTL", 4) == 0) {
            if (here >= 8 && !has_pixels) {
                outline.frames = big32(data);
            }
        } else if (memcmp(type, "fcTL", 4) == 0) {
            outline.starts_animation = outline.starts_animation || !has_pixels;
        } else if (memcmp(type, "IEND", 4) == 0) {
            break;
        } else if (!cimage_png_find_text(type, data, here, "Raw profile type exif", &outline.profile)) {
            cimage_png_find_text(type, data, here, "XML:com.adobe.xmp", &outline.xmp);
        }
        if (left < length || left - length < 4) {
            break;
        }
        position += 8 + length + 4;
    }
    return outline;
}

/// As in Pillow: the EXIF chunk counts, without one the text with EXIF, and if that has no orientation, XMP.
static int32_t orientation_of(const png_outline *outline) {
    int32_t orientation = outline->exif != NULL
        ? cimage_exif_orientation_or_none(outline->exif, outline->exif_count)
        : cimage_png_profile_orientation(&outline->profile);
    if (orientation == 0) {
        orientation = cimage_png_xmp_orientation(&outline->xmp);
    }
    return orientation != 0 ? orientation : 1;
}

static void set_kind(png_const_structp png, png_const_infop header, const png_outline *outline, cimage_info *info) {
    int type = png_get_color_type(png, header);
    info->color = type == PNG_COLOR_TYPE_PALETTE ? CIMAGE_COLOR_PALETTE
        : type & PNG_COLOR_MASK_COLOR            ? CIMAGE_COLOR_RGB
                                                 : CIMAGE_COLOR_GRAY;
    info->has_alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || outline->has_transparency;
    info->bit_depth = png_get_bit_depth(png, header);
    // More than 2^31 frames are invalid, and then the file is no animation.
    info->has_more_frames = outline->frames > (outline->starts_animation ? 1 : 0) && outline->frames <= 1u << 31;
}

static void png_close(void *opaque) {
    png_state *state = opaque;
    png_destroy_read_struct(&state->png, &state->info, NULL);
    free(state);
}

/// Whether the compressed bytes can contain the image: deflate compresses by a factor of at most 1,032. This prevents a
/// tiny file with a huge header from requesting hundreds of megabytes.
static bool can_hold_image(png_state *state, uint64_t compressed) {
    uint64_t bits = (uint64_t)png_get_image_width(state->png, state->info)
        * png_get_channels(state->png, state->info) * png_get_bit_depth(state->png, state->info);
    uint64_t needed = bits * png_get_image_height(state->png, state->info) / 8;
    return needed / 1040 <= compressed;
}

/// Requests packed 8-bit RGB from libpng, whatever the file contains.
static void request_rgb(png_structp png, png_infop info) {
    int color_type = png_get_color_type(png, info);
    if (color_type == PNG_COLOR_TYPE_PALETTE) {
        png_set_palette_to_rgb(png);
    }
    if (!(color_type & PNG_COLOR_MASK_COLOR)) {
        png_set_expand_gray_1_2_4_to_8(png);
        png_set_gray_to_rgb(png);
    }
    // The high byte, as in Pillow; scaling would round.
    png_set_strip_16(png);
    png_set_strip_alpha(png);
}

static cimage_status png_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                              cimage_info *info, cimage_error *error) {
    png_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->bytes = bytes;
    state->count = count;
    state->error = error;
    if (setjmp(state->escape)) {
        cimage_status status = state->status;
        png_close(state);
        return status;
    }
    state->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, on_error, on_warning);
    state->info = state->png != NULL ? png_create_info_struct(state->png) : NULL;
    if (state->info == NULL) {
        png_close(state);
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    png_set_read_fn(state->png, state, read_bytes);
    // The pixel limit below applies. These limits prevent libpng from rejecting long thin images and from using too
    // much memory.
    png_set_user_limits(state->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(state->png, 4 << 20);
    png_set_chunk_cache_max(state->png, 64);
    // Text, profiles and similar chunks are not needed, and compressed ones may be decompression bombs.
    png_set_keep_unknown_chunks(state->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(state->png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep)"tRNS", 1);
#ifdef PNG_MAXIMUM_INFLATE_WINDOW
    // Some writers declare a smaller window than they use. zlib's largest window reads them, as in Pillow.
    png_set_option(state->png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
#endif
    png_read_info(state->png, state->info);

    png_outline outline = outline_of(bytes, count);
    uint32_t width = png_get_image_width(state->png, state->info);
    uint32_t height = png_get_image_height(state->png, state->info);
    state->status = cimage_check_size(width, height, maximum_pixels, error);
    if (state->status != CIMAGE_OK) {
        longjmp(state->escape, 1);
    }
    if (!can_hold_image(state, outline.compressed)) {
        state->status = cimage_fail_too_few(error, "PNG", count, width, height);
        longjmp(state->escape, 1);
    }
    info->width = (int32_t)width;
    info->height = (int32_t)height;
    info->orientation = orientation_of(&outline);
    set_kind(state->png, state->info, &outline, info);
    state->error = NULL;
    *result = state;
    return CIMAGE_OK;
}

static cimage_status png_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    png_state *state = opaque;
    state->error = error;
    if (setjmp(state->escape)) {
        return state->status;
    }
    request_rgb(state->png, state->info);
    int passes = png_set_interlace_handling(state->png);
    png_read_update_info(state->png, state->info);
    size_t stride = (size_t)png_get_image_width(state->png, state->info) * 3;
    uint32_t height = png_get_image_height(state->png, state->info);
    if (png_get_rowbytes(state->png, state->info) != stride) {
        png_error(state->png, "the rows have an unexpected length");
    }
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            png_read_row(state->png, pixels + y * stride, NULL);
        }
    }
    // Data after the last row are not read: all pixels are complete.
    return CIMAGE_OK;
}

/// Two rows, as in the file.
static uint64_t png_memory(const void *opaque) {
    const png_state *state = opaque;
    return 2 * (uint64_t)png_get_rowbytes(state->png, state->info);
}

const cimage_codec cimage_png_codec = {png_open, png_read_rgb, png_close, png_memory};
