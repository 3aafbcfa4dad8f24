// EXIF blocks.

#include "../../Sources/CImage/Internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int32_t found = cimage_exif_orientation_or_none(data, size);
    int32_t orientation = cimage_exif_orientation(data, size);
    if (found < 0 || found > 8 || orientation != (found == 0 ? 1 : found)) {
        abort();
    }
    return 0;
}
