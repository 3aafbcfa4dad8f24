// The one EXIF tag that changes an image: its orientation. EXIF 2.32, JEITA CP-3451, a TIFF 6.0 structure.

#include "Internal.h"

#include <string.h>

typedef struct tiff {
    const uint8_t *bytes;
    size_t count;
    bool big_endian;
} tiff;

// Both return 0 beyond the end. The callers check where this matters.
static uint32_t read16(const tiff *t, size_t offset) {
    if (offset > t->count || t->count - offset < 2) {
        return 0;
    }
    const uint8_t *p = t->bytes + offset;
    return t->big_endian ? big16(p) : little16(p);
}

static uint32_t read32(const tiff *t, size_t offset) {
    if (offset > t->count || t->count - offset < 4) {
        return 0;
    }
    const uint8_t *p = t->bytes + offset;
    return t->big_endian ? big32(p) : little32(p);
}

/// The bytes of a value of each TIFF type, 0 if there is no such type.
static size_t size_of_type(uint32_t type) {
    static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
    return type < sizeof sizes ? sizes[type] : 0;
}

int32_t cimage_exif_orientation_or_none(const uint8_t *bytes, size_t count) {
    enum { none = 0, upright = 1 };
    enum { tag_orientation = 0x0112, entry_size = 12 };
    enum { type_byte = 1, type_short = 3, type_long = 4, type_signed_short = 8, type_signed_long = 9 };
    if (bytes == NULL) {
        return none;
    }
    if (count >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0) {
        bytes += 6;
        count -= 6;
    }
    if (count < 8) {
        return none;
    }
    tiff t = {bytes, count, false};
    if (memcmp(bytes, "MM\0*", 4) == 0) {
        t.big_endian = true;
    } else if (memcmp(bytes, "II*\0", 4) != 0) {
        return none;
    }
    size_t directory = read32(&t, 4);
    if (directory < 8 || directory > count - 2) {
        return none;
    }
    uint32_t entries = read16(&t, directory);
    for (uint32_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + (size_t)i * entry_size;
        if (entry > count || count - entry < entry_size) {
            break;
        }
        if (read16(&t, entry) != tag_orientation) {
            continue;
        }
        uint32_t type = read16(&t, entry + 2);
        uint64_t size = (uint64_t)size_of_type(type) * read32(&t, entry + 4);
        size_t place = size > 4 ? read32(&t, entry + 8) : entry + 8;
        if (size == 0 || place > count || count - place < size) {
            continue;
        }
        // As in Pillow, the first counts, of several tags as of several values.
        uint32_t value = 0;
        switch (type) {
        case type_byte: value = bytes[place]; break;
        case type_short:
        case type_signed_short: value = read16(&t, place); break;
        case type_long:
        case type_signed_long: value = read32(&t, place); break;
        default: break;
        }
        return value >= 1 && value <= 8 ? (int32_t)value : upright;
    }
    return none;
}

int32_t cimage_exif_orientation(const uint8_t *bytes, size_t count) {
    int32_t orientation = cimage_exif_orientation_or_none(bytes, count);
    return orientation != 0 ? orientation : 1;
}

int32_t cimage_orientation(const uint8_t *exif, size_t exif_count, const uint8_t *xmp, size_t xmp_count) {
    int32_t orientation = cimage_exif_orientation_or_none(exif, exif_count);
    if (orientation == 0) {
        orientation = cimage_xmp_orientation(xmp, xmp_count);
    }
    return orientation != 0 ? orientation : 1;
}
