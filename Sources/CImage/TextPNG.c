// The texts in PNG files that contain an orientation: XMP, and EXIF as ImageMagick stored it before PNG had a chunk for
// it. PNG specification, third edition, 11.3.3.

#include "Internal.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// The limit of a decompressed text, as in Pillow. EXIF takes at most 64 KiB, XMP usually less.
enum { maximum_text = 1 << 20 };

/// The bytes after the next NUL, NULL if there is none.
static const uint8_t *after_zero(const uint8_t *bytes, const uint8_t *end) {
    const uint8_t *zero = bytes < end ? memchr(bytes, 0, (size_t)(end - bytes)) : NULL;
    return zero != NULL ? zero + 1 : NULL;
}

bool cimage_png_find_text(const uint8_t *type, const uint8_t *data, size_t count, const char *keyword,
                          cimage_png_text *text) {
    bool is_plain = memcmp(type, "tEXt", 4) == 0;
    bool is_international = memcmp(type, "iTXt", 4) == 0;
    if (!is_plain && !is_international && memcmp(type, "zTXt", 4) != 0) {
        return false;
    }
    size_t length = strlen(keyword) + 1;
    if (count < length || memcmp(data, keyword, length) != 0) {
        return false;
    }
    const uint8_t *end = data + count;
    const uint8_t *start = data + length;
    bool is_compressed = !is_plain;
    if (is_international) {
        // A flag, the method of compression, the language, and the keyword in this language.
        if (end - start < 2) {
            return false;
        }
        is_compressed = start[0] != 0;
        if (is_compressed && start[1] != 0) {
            return false;
        }
        start = after_zero(start + 2, end);
        start = start != NULL ? after_zero(start, end) : NULL;
        if (start == NULL) {
            return false;
        }
    } else if (is_compressed) {
        if (start == end || start[0] != 0) {
            return false;
        }
        start++;
    }
    *text = (cimage_png_text){start, (size_t)(end - start), is_compressed};
    return true;
}

/// Decompresses at most `maximum_text` bytes. Returns NULL if they are damaged; otherwise free the result.
static uint8_t *inflated(const cimage_png_text *text, size_t *count) {
    z_stream stream = {0};
    if (text->count > UINT32_MAX || inflateInit(&stream) != Z_OK) {
        return NULL;
    }
    uint8_t *bytes = malloc(maximum_text);
    int result = Z_MEM_ERROR;
    if (bytes != NULL) {
        // The library does not write to its input.
        stream.next_in = (Bytef *)text->bytes;
        stream.avail_in = (uInt)text->count;
        stream.next_out = bytes;
        stream.avail_out = maximum_text;
        result = inflate(&stream, Z_FINISH);
        *count = maximum_text - stream.avail_out;
    }
    inflateEnd(&stream);
    // Z_BUF_ERROR: the data are incomplete, or there are more than allowed.
    if (result != Z_STREAM_END && result != Z_OK && result != Z_BUF_ERROR) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

/// The value of a hexadecimal digit, -1 if it is none.
static int digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/// Three lines (empty, the name, the length), then lines of digits.
static int32_t profile_orientation(const uint8_t *text, size_t count) {
    const uint8_t *end = text + count;
    for (int line = 0; line < 3; line++) {
        const uint8_t *feed = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
        if (feed == NULL) {
            return 0;
        }
        text = feed + 1;
    }
    uint8_t *bytes = malloc((size_t)(end - text) / 2 + 1);
    if (bytes == NULL) {
        return 0;
    }
    size_t length = 0;
    int high = -1;
    for (; text < end; text++) {
        if (*text == '\n' || *text == '\r' || *text == ' ' || *text == '\t') {
            continue;
        }
        int value = digit(*text);
        if (value < 0) {
            break;
        }
        if (high < 0) {
            high = value;
        } else {
            bytes[length++] = (uint8_t)(high << 4 | value);
            high = -1;
        }
    }
    int32_t orientation = cimage_exif_orientation_or_none(bytes, length);
    free(bytes);
    return orientation;
}

static int32_t orientation_of(const cimage_png_text *text, int32_t (*parse)(const uint8_t *, size_t)) {
    if (text->bytes == NULL || !text->is_compressed) {
        return text->bytes != NULL ? parse(text->bytes, text->count) : 0;
    }
    size_t count = 0;
    uint8_t *bytes = inflated(text, &count);
    int32_t orientation = bytes != NULL ? parse(bytes, count) : 0;
    free(bytes);
    return orientation;
}

int32_t cimage_png_profile_orientation(const cimage_png_text *text) {
    return orientation_of(text, profile_orientation);
}

int32_t cimage_png_xmp_orientation(const cimage_png_text *text) {
    return orientation_of(text, cimage_xmp_orientation);
}
