// The entry point of decoding: selects the codec and keeps its state.

#include "Internal.h"

#include <stdlib.h>

struct cimage_decoder {
    const cimage_codec *codec;
    void *state;
    cimage_info info;
    bool is_read;
};

static const cimage_codec *codec_for(cimage_format format) {
    switch (format) {
    case CIMAGE_FORMAT_JPEG: return &cimage_jpeg_codec;
    case CIMAGE_FORMAT_PNG: return &cimage_png_codec;
    case CIMAGE_FORMAT_WEBP: return &cimage_webp_codec;
    case CIMAGE_FORMAT_GIF: return &cimage_gif_codec;
    case CIMAGE_FORMAT_BMP: return &cimage_bmp_codec;
    case CIMAGE_FORMAT_PNM: return &cimage_pnm_codec;
    case CIMAGE_FORMAT_TIFF: return &cimage_tiff_codec;
    case CIMAGE_FORMAT_HEIF:
    case CIMAGE_FORMAT_AVIF: return &cimage_heif_codec;
    case CIMAGE_FORMAT_NONE: return NULL;
    }
    return NULL;
}

cimage_status cimage_decoder_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels,
                                  cimage_decoder **decoder, cimage_info *info, cimage_error *error) {
    cimage_error own_error;
    error = error != NULL ? error : &own_error;
    if (decoder == NULL) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "the pointer for the decoder is NULL");
    }
    *decoder = NULL;
    cimage_format format = cimage_detect(bytes, count, error);
    const cimage_codec *codec = codec_for(format);
    if (codec == NULL) {
        return error->status;
    }
    cimage_decoder *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    result->codec = codec;
    result->info.format = format;
    result->info.orientation = 1;
    result->info.bit_depth = 8;
    cimage_status status = codec->open(bytes, count, maximum_pixels, &result->state, &result->info, error);
    if (status != CIMAGE_OK) {
        free(result);
        return status;
    }
    if (info != NULL) {
        *info = result->info;
    }
    *decoder = result;
    return CIMAGE_OK;
}

cimage_status cimage_decoder_read_rgb(cimage_decoder *decoder, uint8_t *pixels, size_t capacity,
                                      cimage_error *error) {
    if (decoder == NULL || pixels == NULL || decoder->is_read) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "a decoder can be read only once, into a buffer");
    }
    size_t needed = (size_t)decoder->info.width * (size_t)decoder->info.height * 3;
    if (capacity < needed) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "the image needs %zu bytes, the buffer has %zu", needed,
                           capacity);
    }
    decoder->is_read = true;
    return decoder->codec->read_rgb(decoder->state, pixels, error);
}

cimage_status cimage_decoder_set_scale(cimage_decoder *decoder, int32_t eighths, cimage_info *info,
                                       cimage_error *error) {
    if (decoder == NULL || decoder->is_read || eighths < 1 || eighths > 8) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "a scale must be 1 to 8 eighths and can be set only once");
    }
    if (decoder->codec->set_scale != NULL) {
        cimage_status status = decoder->codec->set_scale(decoder->state, eighths, &decoder->info, error);
        if (status != CIMAGE_OK) {
            return status;
        }
    }
    if (info != NULL) {
        *info = decoder->info;
    }
    return CIMAGE_OK;
}

uint64_t cimage_decoder_memory(const cimage_decoder *decoder, bool whole) {
    if (decoder == NULL) {
        return 0;
    }
    bool has_rows = decoder->codec->has_rows != NULL && decoder->codec->has_rows(decoder->state);
    // A resize keeps as many rows as its filter spans: few, unless it shrinks strongly.
    uint64_t height = (uint64_t)decoder->info.height;
    uint64_t rows = whole || !has_rows || height < 64 ? height : 64;
    return decoder->codec->memory(decoder->state) + (uint64_t)decoder->info.width * rows * 3;
}

// MARK: Drawing

/// The rows computed at a time. Larger strips would not fit the caches, smaller ones need more calls.
enum { rows_at_a_time = 16 };

/// The data that `read_strip` needs.
typedef struct strip_reader {
    const cimage_decoder *decoder;
    /// The row after the last needed one.
    int32_t end;
    cimage_error *error;
} strip_reader;

static cimage_status read_strip(cimage_row_source *source, int32_t count) {
    const strip_reader *reader = source->context;
    while (count > 0) {
        uint8_t *rows[rows_at_a_time];
        int32_t left = reader->end - source->next;
        int32_t strip = left < rows_at_a_time ? left : rows_at_a_time;
        for (int32_t i = 0; i < strip; i++) {
            rows[i] = source->rows + (size_t)((source->next + i) % source->capacity) * source->stride;
        }
        cimage_status status =
            strip > 0 ? reader->decoder->codec->read_rows(reader->decoder->state, rows, strip, reader->error)
                      : cimage_fail(reader->error, CIMAGE_INVALID_ARGUMENT, "a requested row does not exist");
        if (status != CIMAGE_OK) {
            return status;
        }
        source->next += strip;
        count -= strip;
    }
    return CIMAGE_OK;
}

/// Decodes as many rows as the resize needs next.
static cimage_status draw_rows(cimage_decoder *decoder, const cimage_rectangle *part, const cimage_resizing *resizing,
                               uint8_t *destination, size_t destination_stride, cimage_error *error) {
    cimage_resize_demand demand;
    if (!cimage_resize_find_demand(resizing, &demand)) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "the sizes of a resize are invalid");
    }
    const cimage_codec *codec = decoder->codec;
    cimage_rectangle wanted = {part->x + demand.part.x, part->y + demand.part.y, demand.part.width,
                               demand.part.height};
    cimage_span columns;
    cimage_status status = codec->start_rows(decoder->state, &wanted, &columns, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    // The workspace, followed by the rows. A strip may be decoded while the strips before it are still needed.
    size_t stride = ((size_t)columns.count * 3 + 16) / 16 * 16;
    size_t capacity = (size_t)demand.rows + rows_at_a_time;
    size_t workspace_size = cimage_resize_workspace_size(resizing);
    uint8_t *memory = malloc(workspace_size + stride * capacity);
    if (memory == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    strip_reader reader = {decoder, demand.part.y + demand.part.height, error};
    cimage_row_source source = {memory + workspace_size, stride, (int32_t)capacity, columns.start - part->x,
                                demand.part.y, read_strip, &reader};
    status = cimage_resize_rows_rgb(resizing, &source, destination, destination_stride, memory, workspace_size);
    free(memory);
    return status == CIMAGE_OK ? codec->finish_rows(decoder->state, error) : status;
}

/// Decodes the whole image, then resizes.
static cimage_status draw_whole(cimage_decoder *decoder, const cimage_rectangle *part, const cimage_resizing *resizing,
                                uint8_t *destination, size_t destination_stride, cimage_error *error) {
    size_t stride = (size_t)decoder->info.width * 3;
    size_t workspace_size = cimage_resize_workspace_size(resizing);
    if (workspace_size == 0) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "the sizes of a resize are invalid");
    }
    uint8_t *memory = malloc(workspace_size + stride * (size_t)decoder->info.height);
    if (memory == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    uint8_t *pixels = memory + workspace_size;
    cimage_status status = decoder->codec->read_rgb(decoder->state, pixels, error);
    if (status == CIMAGE_OK) {
        status = cimage_resize_rgb(resizing, pixels + (size_t)part->y * stride + (size_t)part->x * 3, stride,
                                   destination, destination_stride, memory, workspace_size);
    }
    free(memory);
    return status;
}

cimage_status cimage_decoder_draw_rgb(cimage_decoder *decoder, const cimage_rectangle *part,
                                      const cimage_resizing *resizing, uint8_t *destination,
                                      size_t destination_stride, cimage_error *error) {
    if (decoder == NULL || part == NULL || resizing == NULL || destination == NULL || decoder->is_read) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "a decoder can be read only once, into a buffer");
    }
    if (part->x < 0 || part->y < 0 || part->width != resizing->source_width || part->height != resizing->source_height
        || part->width > decoder->info.width - part->x || part->height > decoder->info.height - part->y) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "the part to resize is outside the image");
    }
    decoder->is_read = true;
    bool has_rows = decoder->codec->has_rows != NULL && decoder->codec->has_rows(decoder->state);
    return (has_rows ? draw_rows : draw_whole)(decoder, part, resizing, destination, destination_stride, error);
}

void cimage_decoder_close(cimage_decoder *decoder) {
    if (decoder != NULL) {
        decoder->codec->close(decoder->state);
        free(decoder);
    }
}
