// Images of one format, named when it is built, decoded in each of the ways that readers do.

#include "CImage.h"

#include <stdlib.h>

/// The memory that an image of 1 << 20 pixels may need, in bytes.
#ifndef FUZZ_MEMORY
#define FUZZ_MEMORY (1 << 26)
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cimage_error error;
    if (size == 0 || cimage_detect(data, size, &error) != FUZZ_FORMAT) {
        return -1;
    }
    // The first bytes determine the format, so the last chooses what is done.
    uint8_t choice = data[size - 1];
    cimage_decoder *decoder = NULL;
    cimage_info info;
    if (cimage_decoder_open(data, size, 1 << 20, &decoder, &info, &error) != CIMAGE_OK) {
        return 0;
    }
    if (info.width <= 0 || info.height <= 0 || (uint64_t)info.width * (uint64_t)info.height > 1 << 20
        || info.orientation < 1 || info.orientation > 8 || info.bit_depth < 1 || info.bit_depth > 64) {
        abort();
    }
    if (choice & 1) {
        cimage_decoder_set_scale(decoder, 1 + (choice >> 1) % 8, &info, &error);
    }
    if (cimage_decoder_memory(decoder, choice & 16) > FUZZ_MEMORY) {
        abort();
    }
    if (choice & 16) {
        size_t count = (size_t)info.width * (size_t)info.height * 3;
        uint8_t *pixels = malloc(count);
        if (pixels != NULL) {
            cimage_decoder_read_rgb(decoder, pixels, count, &error);
            free(pixels);
        }
    } else {
        // A part of the image, resized, of which a part is wanted.
        cimage_rectangle part = {info.width / 5, info.height / 7, info.width - info.width / 5,
                                 info.height - info.height / 7};
        cimage_resizing resizing = {choice & 32 ? CIMAGE_BICUBIC : CIMAGE_BILINEAR, part.width, part.height, 0, 0,
                                    part.width, part.height, 40, 30, {3, 2, 30, 20}};
        uint8_t pixels[30 * 20 * 3];
        cimage_decoder_draw_rgb(decoder, &part, &resizing, pixels, 30 * 3, &error);
    }
    cimage_decoder_close(decoder);
    return 0;
}
