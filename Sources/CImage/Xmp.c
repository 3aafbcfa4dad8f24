// The one property of XMP that changes an image: its orientation. XMP is XML, in which the property is an attribute,
// tiff:Orientation="6", or an element, <tiff:Orientation>6</tiff:Orientation>. As in Pillow, the first that is written
// in exactly one of these ways counts.

#include "Internal.h"

#include <string.h>

int32_t cimage_xmp_orientation(const uint8_t *bytes, size_t count) {
    static const char name[] = "tiff:Orientation";
    enum { name_length = sizeof name - 1 };
    if (bytes == NULL) {
        return 0;
    }
    const uint8_t *end = bytes + count;
    const uint8_t *place = bytes;
    while ((size_t)(end - place) >= name_length
           && (place = memchr(place, name[0], (size_t)(end - place) - name_length + 1)) != NULL) {
        if (memcmp(place, name, name_length) != 0) {
            place++;
            continue;
        }
        place += name_length;
        size_t left = (size_t)(end - place);
        size_t start = left >= 1 && place[0] == '>' ? 1 : left >= 2 && memcmp(place, "=\"", 2) == 0 ? 2 : 0;
        if (start != 0 && left > start && place[start] >= '0' && place[start] <= '9') {
            int32_t value = place[start] - '0';
            return value >= 1 && value <= 8 ? value : 1;
        }
    }
    return 0;
}
