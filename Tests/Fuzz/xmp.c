// XMP packets, and chunks of PNG files with such packets or with EXIF: the type, then the content.

#include "../../Sources/CImage/Internal.h"

#include <stdlib.h>

static void check(int32_t orientation) {
    if (orientation < 0 || orientation > 8) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check(cimage_xmp_orientation(data, size));
    cimage_png_text text;
    if (size >= 4 && cimage_png_find_text(data, data + 4, size - 4, "XML:com.adobe.xmp", &text)) {
        check(cimage_png_xmp_orientation(&text));
    }
    if (size >= 4 && cimage_png_find_text(data, data + 4, size - 4, "Raw profile type exif", &text)) {
        check(cimage_png_profile_orientation(&text));
    }
    return 0;
}
