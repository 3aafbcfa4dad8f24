// JPEG with libjpeg-turbo and Pillow's settings (its defaults: accurate integer DCT, smooth chroma upsampling), so that
// the pixels are the same.

#include "Internal.h"

// jpeglib.h needs FILE and size_t declared before it.
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum {
    /// The maximum number of scans. Real files have about ten; a small file with thousands takes minutes to decode.
    maximum_scans = 500,
    /// The scanlines requested at a time.
    rows_at_a_time = 16,
    /// The columns decoded next to the needed ones. Smooth chroma upsampling reads one chroma sample, two pixels, to
    /// either side, and treats the edge of the decoded part as the edge of the image.
    column_margin = 8,
};

/// The maximum number of pixels over all scans: 500 scans of a 4-megapixel image, 22 of the largest allowed.
static const uint64_t maximum_scan_work = 2000000000;

typedef struct jpeg_state {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    const uint8_t *bytes;
    size_t count;
    bool has_all_rows;
    bool has_many_scans;
    bool is_lossless;
    /// A row that is not needed.
    JSAMPROW spare_row;
    cimage_error *error;
    cimage_status status;
} jpeg_state;

// The managers get the library's struct, which is the first member of our struct.
static jpeg_state *state_of(j_common_ptr jpeg) {
    return (jpeg_state *)jpeg;
}

__attribute__((noreturn)) static void escape(jpeg_state *state) {
    longjmp(state->escape, 1);
}

__attribute__((noreturn)) static void on_error(j_common_ptr jpeg) {
    jpeg_state *state = state_of(jpeg);
    char text[JMSG_LENGTH_MAX];
    state->errors.format_message(jpeg, text);
    switch (state->errors.msg_code) {
    case JERR_OUT_OF_MEMORY:
        state->status = cimage_fail(state->error, CIMAGE_OUT_OF_MEMORY, "out of memory");
        break;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
        state->status = cimage_fail(state->error, CIMAGE_UNSUPPORTED,
                                    "an unsupported JPEG variant (12-bit, lossless or similar): %s", text);
        break;
    default:
        state->status = cimage_fail(state->error, CIMAGE_CORRUPT, "the JPEG data are damaged: %s", text);
    }
    escape(state);
}

// The library counts warnings. Pillow also ignores them, and the pixels are the best available.
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0) {
        jpeg->err->num_warnings++;
    }
}

static void ignore_output(j_common_ptr jpeg) {
    (void)jpeg;
}

static void source_nothing(j_decompress_ptr jpeg) {
    (void)jpeg;
}

__attribute__((noreturn)) static void truncated(jpeg_state *state) {
    if (!state->has_all_rows) {
        state->status = cimage_fail_truncated(state->error, "JPEG", state->count);
    }
    escape(state);
}

// All bytes are in memory from the start, so a request for more means that the file is truncated.
static boolean source_fill(j_decompress_ptr jpeg) {
    truncated(state_of((j_common_ptr)jpeg));
}

static void source_skip(j_decompress_ptr jpeg, long amount) {
    if (amount <= 0) {
        return;
    }
    if ((unsigned long)amount > jpeg->src->bytes_in_buffer) {
        truncated(state_of((j_common_ptr)jpeg));
    }
    jpeg->src->next_input_byte += amount;
    jpeg->src->bytes_in_buffer -= (size_t)amount;
}

static void check_scans(j_common_ptr common) {
    jpeg_state *state = state_of(common);
    j_decompress_ptr jpeg = &state->jpeg;
    uint64_t scans = jpeg->input_scan_number > 0 ? (uint64_t)jpeg->input_scan_number : 0;
    uint64_t pixels = (uint64_t)jpeg->image_width * jpeg->image_height;
    if (scans > maximum_scans || (scans > 20 && scans * pixels > maximum_scan_work)) {
        state->status = cimage_fail(state->error, CIMAGE_TOO_LARGE,
                                    "a JPEG file with more than %llu scans of %u x %u pixels, which is more work "
                                    "than a real image needs",
                                    (unsigned long long)scans - 1, jpeg->image_width, jpeg->image_height);
        escape(state);
    }
}

/// Whether the first frame header is that of a lossless file with Huffman codes (SOF3): ITU T.81, B.1.1.3.
/// libjpeg-turbo reads these from version 3 on, but the structures of earlier versions do not have this value.
static bool is_lossless(const uint8_t *bytes, size_t count) {
    size_t position = 2;
    while (position < count && count - position >= 4 && bytes[position] == 0xFF) {
        uint8_t marker = bytes[position + 1];
        bool is_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (is_frame || marker == 0xDA) {
            return marker == 0xC3;
        }
        if (marker == 0xFF) {
            position += 1;
        } else if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
            position += 2;
        } else {
            position += 2 + big16(bytes + position + 2);
        }
    }
    return false;
}

/// The color models of the file and of the decoded rows. The library converts no colors of lossless files, and takes
/// those without a marker of their color model for YCbCr, in which no encoder stores them.
static void set_colors(jpeg_state *state) {
    j_decompress_ptr jpeg = &state->jpeg;
    jpeg->out_color_space = jpeg->num_components == 4 ? JCS_CMYK : JCS_RGB;
    if (!state->is_lossless) {
        return;
    }
    if (jpeg->num_components == 1) {
        jpeg->out_color_space = JCS_GRAYSCALE;
    } else if (jpeg->num_components == 3 && !jpeg->saw_JFIF_marker && !jpeg->saw_Adobe_marker) {
        jpeg->jpeg_color_space = JCS_RGB;
    }
}

/// Whether the bytes can contain the image: each 8 x 8 block takes at least one bit if it is Huffman coded. This
/// prevents a tiny file with a huge header from requesting hundreds of megabytes.
static bool can_hold_image(const jpeg_state *state) {
    const struct jpeg_decompress_struct *jpeg = &state->jpeg;
    if (jpeg->arith_code) {
        return true;
    }
    uint64_t blocks = 0;
    for (int i = 0; i < jpeg->num_components; i++) {
        blocks += (uint64_t)jpeg->comp_info[i].width_in_blocks * jpeg->comp_info[i].height_in_blocks;
    }
    return blocks <= (uint64_t)state->count * 8;
}

/// As in Pillow, the last XMP packet counts.
static int32_t orientation_of(const struct jpeg_decompress_struct *jpeg) {
    static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/";
    jpeg_saved_marker_ptr exif = NULL;
    jpeg_saved_marker_ptr xmp = NULL;
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next) {
        if (marker->marker != JPEG_APP0 + 1) {
            continue;
        }
        if (marker->data_length >= 6 && memcmp(marker->data, "Exif\0\0", 6) == 0) {
            exif = exif != NULL ? exif : marker;
        } else if (marker->data_length >= sizeof xmp_name && memcmp(marker->data, xmp_name, sizeof xmp_name) == 0) {
            xmp = marker;
        }
    }
    return cimage_orientation(exif != NULL ? exif->data : NULL, exif != NULL ? exif->data_length : 0,
                              xmp != NULL ? xmp->data + sizeof xmp_name : NULL,
                              xmp != NULL ? xmp->data_length - sizeof xmp_name : 0);
}

static bool has_adobe_marker(const struct jpeg_decompress_struct *jpeg) {
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next) {
        if (marker->marker == JPEG_APP0 + 14 && marker->data_length >= 5 && memcmp(marker->data, "Adobe", 5) == 0) {
            return true;
        }
    }
    return false;
}

static void jpeg_close(void *opaque) {
    jpeg_state *state = opaque;
    jpeg_destroy_decompress(&state->jpeg);
    free(state);
}

static cimage_status jpeg_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                               cimage_info *info, cimage_error *error) {
    jpeg_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->bytes = bytes;
    state->count = count;
    state->error = error;
    j_decompress_ptr jpeg = &state->jpeg;
    jpeg->err = jpeg_std_error(&state->errors);
    state->errors.error_exit = on_error;
    state->errors.emit_message = on_message;
    state->errors.output_message = ignore_output;
    if (setjmp(state->escape)) {
        cimage_status status = state->status;
        jpeg_close(state);
        return status;
    }
    jpeg_create_decompress(jpeg);
    state->source.init_source = source_nothing;
    state->source.fill_input_buffer = source_fill;
    state->source.skip_input_data = source_skip;
    state->source.resync_to_restart = jpeg_resync_to_restart;
    state->source.term_source = source_nothing;
    state->source.next_input_byte = bytes;
    state->source.bytes_in_buffer = count;
    jpeg->src = &state->source;
    state->progress.progress_monitor = check_scans;
    jpeg->progress = &state->progress;
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_save_markers(jpeg, JPEG_APP0 + 14, 16);
    jpeg_read_header(jpeg, TRUE);

    state->status = cimage_check_size(jpeg->image_width, jpeg->image_height, maximum_pixels, error);
    if (state->status != CIMAGE_OK) {
        escape(state);
    }
    switch (jpeg->num_components) {
    case 1:
    case 3:
    case 4: break;
    default:
        state->status = cimage_fail(error, CIMAGE_UNSUPPORTED,
                                    "a JPEG file with %d color components; only 1, 3 and 4 are supported",
                                    jpeg->num_components);
        escape(state);
    }
    if (jpeg->data_precision != 8) {
        state->status = cimage_fail(error, CIMAGE_UNSUPPORTED,
                                    "a JPEG file with %d bits per channel; only 8 are supported", jpeg->data_precision);
        escape(state);
    }
    state->is_lossless = is_lossless(bytes, count);
    set_colors(state);
    if (!can_hold_image(state)) {
        state->status = cimage_fail_too_few(error, "JPEG", count, jpeg->image_width, jpeg->image_height);
        escape(state);
    }
    state->has_many_scans = jpeg_has_multiple_scans(jpeg);
    info->width = (int32_t)jpeg->image_width;
    info->height = (int32_t)jpeg->image_height;
    info->orientation = orientation_of(jpeg);
    info->color = jpeg->num_components == 1 ? CIMAGE_COLOR_GRAY
        : jpeg->num_components == 4         ? CIMAGE_COLOR_CMYK
                                            : CIMAGE_COLOR_RGB;
    info->bit_depth = jpeg->data_precision;
    state->error = NULL;
    *result = state;
    return CIMAGE_OK;
}

/// `count` rounded up to a multiple of the sampling factor `step`.
static uint64_t rounded_up(uint64_t count, int step) {
    uint64_t factor = step > 0 ? (uint64_t)step : 1;
    return (count + factor - 1) / factor * factor;
}

/// An image in several scans keeps all its coefficients in memory, 16 bits each, whatever part is needed. An
/// arithmetic-coded file of a kilobyte may request half a gigabyte.
static uint64_t jpeg_memory(const void *opaque) {
    const jpeg_state *state = opaque;
    uint64_t blocks = 0;
    for (int i = 0; i < state->jpeg.num_components; i++) {
        const jpeg_component_info *component = &state->jpeg.comp_info[i];
        blocks += rounded_up(component->width_in_blocks, component->h_samp_factor)
            * rounded_up(component->height_in_blocks, component->v_samp_factor);
    }
    // The blocks of a lossless file are single samples.
    uint64_t samples = state->is_lossless ? 1 : DCTSIZE2;
    return state->has_many_scans ? blocks * samples * sizeof(JCOEF) : 0;
}

/// Reads to the end marker. As in Pillow, the marker may be missing after the last row, but another marker in its place
/// is an error: it is a sign of earlier damaged data.
static void finish(jpeg_state *state) {
    state->has_all_rows = true;
    jpeg_finish_decompress(&state->jpeg);
}

static cimage_status jpeg_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    jpeg_state *state = opaque;
    j_decompress_ptr jpeg = &state->jpeg;
    state->error = error;
    if (setjmp(state->escape)) {
        return state->status;
    }
    jpeg_start_decompress(jpeg);
    size_t width = jpeg->output_width;
    if (jpeg->out_color_space == JCS_CMYK) {
        // Adobe programs store CMYK inverted, and only their marker shows it.
        bool is_inverted = has_adobe_marker(jpeg);
        JSAMPARRAY row = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, (JDIMENSION)(width * 4), 1);
        while (jpeg->output_scanline < jpeg->output_height) {
            uint8_t *target = pixels + (size_t)jpeg->output_scanline * width * 3;
            if (jpeg_read_scanlines(jpeg, row, 1) == 1) {
                cimage_cmyk_to_rgb(row[0], target, width, is_inverted);
            }
        }
    } else if (jpeg->out_color_space == JCS_GRAYSCALE) {
        JSAMPARRAY row = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, (JDIMENSION)width, 1);
        while (jpeg->output_scanline < jpeg->output_height) {
            uint8_t *target = pixels + (size_t)jpeg->output_scanline * width * 3;
            size_t count = jpeg_read_scanlines(jpeg, row, 1) == 1 ? width : 0;
            for (size_t i = 0; i < count * 3; i++) {
                target[i] = row[0][i / 3];
            }
        }
    } else {
        while (jpeg->output_scanline < jpeg->output_height) {
            JSAMPROW rows[rows_at_a_time];
            JDIMENSION left = jpeg->output_height - jpeg->output_scanline;
            JDIMENSION wanted = left < rows_at_a_time ? left : rows_at_a_time;
            for (JDIMENSION i = 0; i < wanted; i++) {
                rows[i] = pixels + ((size_t)jpeg->output_scanline + i) * width * 3;
            }
            jpeg_read_scanlines(jpeg, rows, wanted);
        }
    }
    finish(state);
    return CIMAGE_OK;
}

static cimage_status jpeg_set_scale(void *opaque, int32_t eighths, cimage_info *info, cimage_error *error) {
    jpeg_state *state = opaque;
    j_decompress_ptr jpeg = &state->jpeg;
    if (state->is_lossless) {
        return CIMAGE_OK;
    }
    state->error = error;
    if (setjmp(state->escape)) {
        return state->status;
    }
    jpeg->scale_num = (unsigned)eighths;
    jpeg->scale_denom = 8;
    jpeg_calc_output_dimensions(jpeg);
    info->width = (int32_t)jpeg->output_width;
    info->height = (int32_t)jpeg->output_height;
    return CIMAGE_OK;
}

// MARK: Row by row

static bool jpeg_has_rows(const void *opaque) {
    const jpeg_state *state = opaque;
    // CMYK needs our own conversion, and arithmetic coding is too rare to support here. The library skips no rows of a
    // lossless file.
    return state->jpeg.out_color_space == JCS_RGB && !state->jpeg.arith_code && !state->is_lossless;
}

/// Whether the library smooths the blocks of a progressive image because refining scans are missing. It then needs all
/// blocks around each block. As in its jdcoefct.c, the first ten coefficients determine this.
static bool is_smoothed(const struct jpeg_decompress_struct *jpeg) {
    if (!jpeg->progressive_mode || jpeg->coef_bits == NULL) {
        return false;
    }
    for (int component = 0; component < jpeg->num_components; component++) {
        for (int coefficient = 0; coefficient < 10; coefficient++) {
            if (jpeg->coef_bits[component][coefficient] != 0) {
                return true;
            }
        }
    }
    return false;
}

static cimage_status jpeg_start_rows(void *opaque, const cimage_rectangle *wanted, cimage_span *columns,
                                     cimage_error *error) {
    jpeg_state *state = opaque;
    j_decompress_ptr jpeg = &state->jpeg;
    state->error = error;
    if (setjmp(state->escape)) {
        return state->status;
    }
    jpeg_start_decompress(jpeg);
    JDIMENSION start = 0;
    JDIMENSION width = jpeg->output_width;
    bool needs_all = is_smoothed(jpeg);
    // With a scale, the library's cropping is wrong next to chroma with a quarter of the width.
    bool errs = jpeg->scale_num < jpeg->scale_denom && jpeg->max_h_samp_factor > 2;
    if (!needs_all && !errs) {
        JDIMENSION end = (JDIMENSION)(wanted->x + wanted->width + column_margin);
        start = wanted->x > column_margin ? (JDIMENSION)(wanted->x - column_margin) : 0;
        width = (end < width ? end : width) - start;
        jpeg_crop_scanline(jpeg, &start, &width);
    }
    *columns = (cimage_span){(int32_t)start, (int32_t)width};
    state->spare_row =
        jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, (JDIMENSION)(jpeg->output_width * 3), 1)[0];
    if (!needs_all) {
        jpeg_skip_scanlines(jpeg, (JDIMENSION)wanted->y);
    }
    while (jpeg->output_scanline < (JDIMENSION)wanted->y) {
        jpeg_read_scanlines(jpeg, &state->spare_row, 1);
    }
    return CIMAGE_OK;
}

static cimage_status jpeg_read_rows(void *opaque, uint8_t *const *rows, int32_t count, cimage_error *error) {
    jpeg_state *state = opaque;
    state->error = error;
    if (setjmp(state->escape)) {
        return state->status;
    }
    // The library does not write to the pointers.
    JSAMPARRAY targets = (JSAMPARRAY)rows;
    JDIMENSION made = 0;
    while (made < (JDIMENSION)count) {
        JDIMENSION rows_more = jpeg_read_scanlines(&state->jpeg, targets + made, (JDIMENSION)count - made);
        if (rows_more == 0) {
            return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "a requested row does not exist");
        }
        made += rows_more;
    }
    return CIMAGE_OK;
}

static cimage_status jpeg_finish_rows(void *opaque, cimage_error *error) {
    jpeg_state *state = opaque;
    j_decompress_ptr jpeg = &state->jpeg;
    state->error = error;
    if (setjmp(state->escape)) {
        return state->status;
    }
    // Skipping past the last row would not read the data there, but skipping to it and reading it does.
    JDIMENSION left = jpeg->output_height - jpeg->output_scanline;
    if (left > 1) {
        jpeg_skip_scanlines(jpeg, left - 1);
    }
    while (jpeg->output_scanline < jpeg->output_height) {
        jpeg_read_scanlines(jpeg, &state->spare_row, 1);
    }
    finish(state);
    return CIMAGE_OK;
}

const cimage_codec cimage_jpeg_codec = {
    jpeg_open,     jpeg_read_rgb,   jpeg_close,     jpeg_memory,      jpeg_set_scale,
    jpeg_has_rows, jpeg_start_rows, jpeg_read_rows, jpeg_finish_rows,
};
