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
    SIGNATURE("a camera's raw file (CR3)", 4, "ftypcrx "),
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
    // Bitmaps with a header that `is_bmp` does not know. The four reserved bytes are zero in practice.
    if (count >= 14 && bytes[0] == 'B' && bytes[1] == 'M' && memcmp(bytes + 6, "\0\0\0\0", 4) == 0) {
        return "a BMP file of an unknown kind";
    }
    if (count >= 18 && memcmp(bytes, "BA", 2) == 0 && memcmp(bytes + 14, "BM", 2) == 0) {
        return "an array of OS/2 bitmaps";
    }
    // Relatives of PNM.
    if (count >= 3 && bytes[0] == 'P' && bytes[2] != 0 && strchr(" \t\r\n#", bytes[2]) != NULL) {
        if (bytes[1] == '7') {
            return "a PAM file";
        }
        if (bytes[1] == 'F' || bytes[1] == 'f') {
            return "a PFM file";
        }
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

/// The signature, and then the place of the first directory, which is behind this header; or, in BigTIFF, the size of
/// such places.
static bool is_tiff(const uint8_t *bytes, size_t count) {
    if (count < 4) {
        return false;
    }
    bool is_little = memcmp(bytes, "II*\0", 4) == 0;
    bool is_big = memcmp(bytes, "MM\0*", 4) == 0;
    if (count < 8 || !(is_little || is_big)) {
        return is_little || is_big || memcmp(bytes, "II+\0\10\0\0\0", count < 8 ? 4 : 8) == 0
            || memcmp(bytes, "MM\0+\0\10\0\0", count < 8 ? 4 : 8) == 0;
    }
    uint8_t low = is_little ? bytes[4] : bytes[7];
    return low >= 8 || bytes[5] != 0 || bytes[6] != 0 || (is_little ? bytes[7] : bytes[4]) != 0;
}

/// "BM" alone is a weak signature, so the size of the second header must be a known one.
static bool is_bmp(const uint8_t *bytes, size_t count) {
    static const uint8_t sizes[] = {12, 40, 52, 56, 64, 108, 124};
    return count >= 18 && bytes[0] == 'B' && bytes[1] == 'M' && memcmp(bytes + 15, "\0\0\0", 3) == 0
        && memchr(sizes, bytes[14], sizeof sizes) != NULL;
}

/// "P1" to "P6", white space or a comment, then a number.
static bool is_pnm(const uint8_t *bytes, size_t count) {
    if (count < 4 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '6') {
        return false;
    }
    size_t i = 2;
    while (i < count && bytes[i] != 0 && strchr(" \t\r\n\v\f", bytes[i]) != NULL) {
        i++;
    }
    return i < count && (bytes[i] == '#' || (i > 2 && bytes[i] >= '0' && bytes[i] <= '9'));
}

/// The format of a file in the ISO base media format with an image inside, by its brands.
static cimage_format format_of_brands(const uint8_t *bytes, size_t count) {
    static const char heif[][5] = {"heic", "heix", "hevc", "heim", "heis", "hevm", "hevs", "mif1", "msf1"};
    if (count < 12 || memcmp(bytes + 4, "ftyp", 4) != 0) {
        return CIMAGE_FORMAT_NONE;
    }
    if (memcmp(bytes + 8, "avif", 4) == 0 || memcmp(bytes + 8, "avis", 4) == 0) {
        return CIMAGE_FORMAT_AVIF;
    }
    bool is_heif = false;
    for (size_t i = 0; i < sizeof heif / sizeof heif[0]; i++) {
        is_heif = is_heif || memcmp(bytes + 8, heif[i], 4) == 0;
    }
    if (!is_heif) {
        return CIMAGE_FORMAT_NONE;
    }
    // A general major brand; the compatible ones follow after its version.
    size_t length = big32(bytes);
    size_t end = length < count ? length : count;
    for (size_t i = 16; bytes[8] == 'm' && i + 4 <= end; i += 4) {
        if (memcmp(bytes + i, "avif", 4) == 0) {
            return CIMAGE_FORMAT_AVIF;
        }
    }
    return CIMAGE_FORMAT_HEIF;
}

static cimage_format format_of(const uint8_t *bytes, size_t count) {
    if (count >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0) {
        return CIMAGE_FORMAT_JPEG;
    }
    if (count >= 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0) {
        return CIMAGE_FORMAT_PNG;
    }
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        return CIMAGE_FORMAT_WEBP;
    }
    if (count >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0)) {
        return CIMAGE_FORMAT_GIF;
    }
    if (is_tiff(bytes, count)) {
        return CIMAGE_FORMAT_TIFF;
    }
    if (is_bmp(bytes, count)) {
        return CIMAGE_FORMAT_BMP;
    }
    return is_pnm(bytes, count) ? CIMAGE_FORMAT_PNM : format_of_brands(bytes, count);
}

cimage_format cimage_detect(const uint8_t *bytes, size_t count, cimage_error *error) {
    if (bytes == NULL || count == 0) {
        cimage_fail(error, CIMAGE_EMPTY, "the file is empty (0 bytes)");
        return CIMAGE_FORMAT_NONE;
    }
    cimage_format format = format_of(bytes, count);
    if (format != CIMAGE_FORMAT_NONE) {
        return format;
    }
    if ((count < 3 && memcmp(bytes, "\xFF\xD8", count) == 0)
        || (count < 8 && memcmp(bytes, "\x89PNG\r\n\x1A", count) == 0)
        || (count >= 4 && count < 6 && memcmp(bytes, "GIF8", 4) == 0)) {
        cimage_fail(error, CIMAGE_TRUNCATED, "the file is truncated: it ends after %zu byte%s", count,
                    count == 1 ? "" : "s");
        return CIMAGE_FORMAT_NONE;
    }
    const char *name = name_of_other(bytes, count);
    if (name != NULL) {
        cimage_fail(error, CIMAGE_UNSUPPORTED, "this is %s; " CIMAGE_FORMATS " are supported", name);
    } else {
        cimage_fail(error, CIMAGE_UNRECOGNIZED,
                    "this is not an image of a known format; " CIMAGE_FORMATS " are supported");
    }
    return CIMAGE_FORMAT_NONE;
}
