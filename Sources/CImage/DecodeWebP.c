// WebP with libwebp. For an animation, the first frame is decoded, on a black canvas if it is smaller than the image.

#include "Internal.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

typedef struct webp_state {
    WebPDemuxer *demuxer;
    WebPIterator frame;
    size_t count;
    int32_t width;
    int32_t height;
} webp_state;

static void webp_close(void *opaque) {
    webp_state *state = opaque;
    WebPDemuxReleaseIterator(&state->frame);
    WebPDemuxDelete(state->demuxer);
    free(state);
}

/// EXIF and XMP are chunks of the file.
static int32_t orientation_of(const WebPDemuxer *demuxer) {
    // The bytes are the caller's, so they outlive the iterators.
    WebPChunkIterator exif = {0};
    WebPChunkIterator xmp = {0};
    bool has_exif = WebPDemuxGetChunk(demuxer, "EXIF", 1, &exif) != 0;
    bool has_xmp = WebPDemuxGetChunk(demuxer, "XMP ", 1, &xmp) != 0;
    int32_t orientation = cimage_orientation(has_exif ? exif.chunk.bytes : NULL, has_exif ? exif.chunk.size : 0,
                                             has_xmp ? xmp.chunk.bytes : NULL, has_xmp ? xmp.chunk.size : 0);
    WebPDemuxReleaseChunkIterator(&exif);
    WebPDemuxReleaseChunkIterator(&xmp);
    return orientation;
}

/// Flags of the extended header, or of the lossless one: RFC 9649.
static void set_kind(const uint8_t *bytes, size_t count, cimage_info *info) {
    if (count > 20 && memcmp(bytes + 12, "VP8X", 4) == 0) {
        info->has_alpha = (bytes[20] & 0x10) != 0;
        info->has_more_frames = (bytes[20] & 0x02) != 0;
    } else if (count > 24 && memcmp(bytes + 12, "VP8L", 4) == 0) {
        info->has_alpha = (bytes[24] & 0x10) != 0;
    }
}

static cimage_status webp_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                               cimage_info *info, cimage_error *error) {
    webp_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->count = count;
    WebPData data = {bytes, count};
    WebPDemuxState reached = WEBP_DEMUX_PARSE_ERROR;
    state->demuxer = WebPDemuxPartial(&data, &reached);
    cimage_status status = CIMAGE_OK;
    if (reached == WEBP_DEMUX_PARSING_HEADER || reached == WEBP_DEMUX_PARSED_HEADER) {
        status = cimage_fail_truncated(error, "WebP", count);
    } else if (state->demuxer == NULL || reached != WEBP_DEMUX_DONE) {
        status = cimage_fail(error, CIMAGE_CORRUPT, "the WebP data are damaged: the file's structure is wrong");
    } else {
        uint32_t width = WebPDemuxGetI(state->demuxer, WEBP_FF_CANVAS_WIDTH);
        uint32_t height = WebPDemuxGetI(state->demuxer, WEBP_FF_CANVAS_HEIGHT);
        status = cimage_check_size(width, height, maximum_pixels, error);
        state->width = (int32_t)width;
        state->height = (int32_t)height;
    }
    if (status == CIMAGE_OK) {
        const WebPIterator *frame = &state->frame;
        if (!WebPDemuxGetFrame(state->demuxer, 1, &state->frame)) {
            status = cimage_fail(error, CIMAGE_CORRUPT, "the WebP data are damaged: there is no image in the file");
        } else if (frame->x_offset < 0 || frame->y_offset < 0 || frame->width <= 0 || frame->height <= 0
                   || frame->width > state->width - frame->x_offset
                   || frame->height > state->height - frame->y_offset) {
            status = cimage_fail(error, CIMAGE_CORRUPT, "the WebP data are damaged: a frame is outside the image");
        }
    }
    if (status != CIMAGE_OK) {
        webp_close(state);
        return status;
    }
    info->width = state->width;
    info->height = state->height;
    info->orientation = orientation_of(state->demuxer);
    set_kind(bytes, count, info);
    *result = state;
    return CIMAGE_OK;
}

static cimage_status webp_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    webp_state *state = opaque;
    const WebPIterator *frame = &state->frame;
    size_t stride = (size_t)state->width * 3;
    size_t size = stride * (size_t)state->height;
    if (frame->width != state->width || frame->height != state->height) {
        memset(pixels, 0, size);
    }
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED, "the WebP library does not match the headers of the build");
    }
    size_t offset = (size_t)frame->y_offset * stride + (size_t)frame->x_offset * 3;
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels + offset;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = size - offset;
    VP8StatusCode code = WebPGetFeatures(frame->fragment.bytes, frame->fragment.size, &config.input);
    if (code == VP8_STATUS_OK
        && (config.input.width != frame->width || config.input.height != frame->height)) {
        code = VP8_STATUS_BITSTREAM_ERROR;
    }
    if (code == VP8_STATUS_OK) {
        code = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
    }
    switch (code) {
    case VP8_STATUS_OK: return CIMAGE_OK;
    case VP8_STATUS_OUT_OF_MEMORY: return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: return cimage_fail_truncated(error, "WebP", state->count);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return cimage_fail(error, CIMAGE_UNSUPPORTED, "a WebP file with an unsupported feature");
    default: return cimage_fail(error, CIMAGE_CORRUPT, "the WebP data are damaged: the image cannot be decoded");
    }
}

/// A lossless image is decoded as ARGB, and its transforms need some more memory. A lossy one needs little.
static uint64_t webp_memory(const void *opaque) {
    const webp_state *state = opaque;
    return (uint64_t)state->width * (uint64_t)state->height * 5;
}

const cimage_codec cimage_webp_codec = {webp_open, webp_read_rgb, webp_close, webp_memory};
