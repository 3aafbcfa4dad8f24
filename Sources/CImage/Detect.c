// Detects the type of a file from its first bytes. Names and extensions are too often wrong.

#include "Internal.h"

#include <string.h>

typedef struct signature {
    const char *name;
    size_t offset;
    size_t length;
    const char *bytes;
} signature;

#define SIGNATURE(name, offset, bytes) {name, offset, sizeof(bytes) - 1, bytes}

/// Other files that occur with an image's name. The first match counts.
static const signature others[] = {
    SIGNATURE("a GIF file", 0, "GIF87a"),
    SIGNATURE("a GIF file", 0, "GIF89a"),
    SIGNATURE("a TIFF file", 0, "II*\0"),
    SIGNATURE("a TIFF file", 0, "MM\0*"),
    SIGNATURE("a BigTIFF file", 0, "II+\0"),
    SIGNATURE("a BigTIFF file", 0, "MM\0+"),
    SIGNATURE("an AVIF file", 4, "ftypavif"),
    SIGNATURE("an AVIF file", 4, "ftypavis"),
    SIGNATURE("an HEIC file", 4, "ftypheic"),
    SIGNATURE("an HEIC file", 4, "ftypheix"),
    SIGNATURE("an HEIC file", 4, "ftyphevc"),
    SIGNATURE("an HEIF file", 4, "ftypmif1"),
    SIGNATURE("an HEIF file", 4, "ftypmsf1"),
    SIGNATURE("a video (MP4 or QuickTime)", 4, "ftyp"),
    SIGNATURE("a JPEG 2000 file", 0, "\0\0\0\x0CjP  \r\n\x87\n"),
    SIGNATURE("a JPEG 2000 file", 0, "\xFF\x4F\xFF\x51"),
    SIGNATURE("a JPEG XL file", 0, "\xFF\x0A"),
    SIGNATURE("a JPEG XL file", 0, "\0\0\0\x0CJXL \r\n\x87\n"),
    SIGNATURE("a Photoshop file", 0, "8BPS"),
    SIGNATURE("an icon (ICO)", 0, "\0\0\1\0"),
    SIGNATURE("a QOI file", 0, "qoif"),
    SIGNATURE("an OpenEXR file", 0, "\x76\x2F\x31\x01"),
    SIGNATURE("a Radiance HDR file", 0, "#?RADIANCE"),
    SIGNATURE("a DDS texture", 0, "DDS "),
    SIGNATURE("an SGI image", 0, "\x01\xDA"),
    SIGNATURE("a MNG file", 0, "\x8AMNG\r\n"),
    SIGNATURE("an XPM file", 0, "/* XPM"),
    SIGNATURE("a Sun raster file", 0, "\x59\xA6\x6A\x95"),
    SIGNATURE("a PDF document", 0, "%PDF-"),
    SIGNATURE("a PostScript document", 0, "%!PS"),
    SIGNATURE("a ZIP archive", 0, "PK\3\4"),
    SIGNATURE("a gzip archive", 0, "\x1F\x8B"),
    SIGNATURE("a WAV or AVI file", 0, "RIFF"),
};

/// Case-insensitive search for `needle` (lower case) in the first bytes of a text.
static bool mentions(const uint8_t *bytes, size_t count, const char *needle) {
    size_t length = strlen(needle);
    for (size_t start = 0; start + length <= count; start++) {
        size_t i = 0;
        while (i < length) {
            uint8_t byte = bytes[start + i];
            if (byte >= 'A' && byte <= 'Z') {
                byte += 'a' - 'A';
            }
            if (byte != (uint8_t)needle[i]) {
                break;
            }
            i++;
        }
        if (i == length) {
            return true;
        }
    }
    return false;
}

static bool looks_like_text(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = bytes[i];
        if (byte == 0x7F || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f')) {
            return false;
        }
    }
    return true;
}

static const char *name_of_other(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const signature *other = &others[i];
        if (count >= other->offset + other->length
            && memcmp(bytes + other->offset, other->bytes, other->length) == 0) {
            return other->name;
        }
    }
    // "BM" is a weak signature, but the four reserved bytes of a bitmap's header are zero in practice.
    if (count >= 14 && bytes[0] == 'B' && bytes[1] == 'M' && memcmp(bytes + 6, "\0\0\0\0", 4) == 0) {
        return "a BMP file";
    }
    if (count >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' && strchr(" \t\r\n#", bytes[2]) != NULL
        && bytes[2] != 0) {
        return "a PBM, PGM or PPM file";
    }
    size_t start = count < 1024 ? count : 1024;
    if (looks_like_text(bytes, start)) {
        if (mentions(bytes, start, "<svg")) {
            return "an SVG drawing";
        }
        if (mentions(bytes, start, "<html") || mentions(bytes, start, "<!doctype html")) {
            return "a web page (HTML)";
        }
        return "a text file";
    }
    return NULL;
}

cimage_format cimage_detect(const uint8_t *bytes, size_t count, cimage_error *error) {
    if (bytes == NULL || count == 0) {
        cimage_fail(error, CIMAGE_EMPTY, "the file is empty (0 bytes)");
        return CIMAGE_FORMAT_NONE;
    }
    if (count >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0) {
        return CIMAGE_FORMAT_JPEG;
    }
    if (count >= 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0) {
        return CIMAGE_FORMAT_PNG;
    }
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        return CIMAGE_FORMAT_WEBP;
    }
    if ((count < 3 && memcmp(bytes, "\xFF\xD8", count) == 0) || (count < 8 && memcmp(bytes, "\x89PNG\r\n\x1A", count) == 0)) {
        cimage_fail(error, CIMAGE_TRUNCATED, "the file is truncated: it ends after %zu byte%s", count,
                    count == 1 ? "" : "s");
        return CIMAGE_FORMAT_NONE;
    }
    const char *name = name_of_other(bytes, count);
    if (name != NULL) {
        cimage_fail(error, CIMAGE_UNSUPPORTED, "this is %s; JPEG, PNG and WebP are supported", name);
    } else {
        cimage_fail(error, CIMAGE_UNRECOGNIZED,
                    "this is not an image of a known format; JPEG, PNG and WebP are supported");
    }
    return CIMAGE_FORMAT_NONE;
}
