// The front door of decoding: finds the codec and keeps its state.

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
    case CIMAGE_FORMAT_NONE: return NULL;
    }
    return NULL;
}

cimage_status cimage_decoder_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels,
                                  cimage_decoder **decoder, cimage_info *info, cimage_error *error) {
    cimage_error own_error;
    error = error != NULL ? error : &own_error;
    if (decoder == NULL) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "no place for the decoder was given");
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
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "a decoder is read once, into a buffer");
    }
    size_t needed = (size_t)decoder->info.width * (size_t)decoder->info.height * 3;
    if (capacity < needed) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "the picture needs %zu bytes, the buffer has %zu", needed,
                           capacity);
    }
    decoder->is_read = true;
    return decoder->codec->read_rgb(decoder->state, pixels, error);
}

void cimage_decoder_close(cimage_decoder *decoder) {
    if (decoder != NULL) {
        decoder->codec->close(decoder->state);
        free(decoder);
    }
}
