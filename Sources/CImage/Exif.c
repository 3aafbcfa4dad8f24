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
    return t->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t read32(const tiff *t, size_t offset) {
    if (offset > t->count || t->count - offset < 4) {
        return 0;
    }
    const uint8_t *p = t->bytes + offset;
    return t->big_endian ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                         : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

int32_t cimage_exif_orientation(const uint8_t *bytes, size_t count) {
    enum { upright = 1, tag_orientation = 0x0112, type_byte = 1, type_short = 3, type_long = 4, entry_size = 12 };
    if (bytes == NULL) {
        return upright;
    }
    if (count >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0) {
        bytes += 6;
        count -= 6;
    }
    if (count < 8) {
        return upright;
    }
    tiff t = {bytes, count, false};
    if (memcmp(bytes, "MM\0*", 4) == 0) {
        t.big_endian = true;
    } else if (memcmp(bytes, "II*\0", 4) != 0) {
        return upright;
    }
    size_t directory = read32(&t, 4);
    if (directory < 8 || directory > count - 2) {
        return upright;
    }
    uint32_t entries = read16(&t, directory);
    int32_t orientation = upright;
    for (uint32_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + (size_t)i * entry_size;
        if (entry > count || count - entry < entry_size) {
            break;
        }
        if (read16(&t, entry) != tag_orientation || read32(&t, entry + 4) != 1) {
            continue;
        }
        uint32_t value = 0;
        switch (read16(&t, entry + 2)) {
        case type_byte: value = bytes[entry + 8]; break;
        case type_short: value = read16(&t, entry + 8); break;
        case type_long: value = read32(&t, entry + 8); break;
        default: break;
        }
        // For a duplicate tag the last one counts, as in Pillow.
        orientation = value >= 1 && value <= 8 ? (int32_t)value : upright;
    }
    return orientation;
}
