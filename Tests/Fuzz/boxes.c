// The boxes of HEIF, without the library that decodes the images.

#include "../../Sources/CImage/HEIFBoxes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cimage_error error;
    cimage_heif_outline outline;
    if (cimage_heif_read_outline(data, size, 1 << 20, &outline, &error) != CIMAGE_OK) {
        return 0;
    }
    if (outline.width == 0 || outline.height == 0 || (uint64_t)outline.width * outline.height > 1 << 20
        || outline.final_width == 0 || outline.final_height == 0
        || (uint64_t)outline.final_width * outline.final_height > 1 << 20 || outline.coded_pixels > 5 << 20
        || outline.orientation < 1 || outline.orientation > 8 || outline.bit_depth < 1 || outline.bit_depth > 16) {
        abort();
    }
    return 0;
}
