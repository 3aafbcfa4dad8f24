// EXIF blocks.

#include "CImage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int32_t orientation = cimage_exif_orientation(data, size);
    if (orientation < 1 || orientation > 8) {
        abort();
    }
    return 0;
}
