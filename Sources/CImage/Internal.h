// Shared declarations of the source files of CImage.

#ifndef CIMAGE_INTERNAL_H
#define CIMAGE_INTERNAL_H

#include "CImage.h"

#include <stdbool.h>

// Products and sums are rounded separately on every processor: a fused operation would give different pixels. Clang fuses
// them on ARM otherwise; GCC does not in the language standard C11, for which this code is compiled.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/// Fills in `error`, if there is one, and returns `status`.
cimage_status cimage_fail(cimage_error *error, cimage_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Fills in the error of a file that ends too early. `format` is the name of its format.
cimage_status cimage_fail_truncated(cimage_error *error, const char *format, size_t count);

/// Fills in the error of a file that is too small for the size in its header.
cimage_status cimage_fail_too_few(cimage_error *error, const char *format, size_t count, uint32_t width,
                                  uint32_t height);

/// Makes a library's text fit for a message: printable ASCII, in one line, without a full stop.
void cimage_make_plain(char *text);

/// Checks an image's size against the limit, before anything of that size is allocated.
cimage_status cimage_check_size(uint64_t width, uint64_t height, uint64_t maximum_pixels, cimage_error *error);

static inline uint32_t little16(const uint8_t *p) {
    return (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t little32(const uint8_t *p) {
    return little16(p + 2) << 16 | little16(p);
}

static inline uint32_t big16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t big32(const uint8_t *p) {
    return big16(p) << 16 | big16(p + 2);
}

/// Neighboring rows or columns.
typedef struct cimage_span {
    int32_t start;
    int32_t count;
} cimage_span;

/// One format's decoder. `open` fills in `info` and returns its own state; the others work on that state.
typedef struct cimage_codec {
    cimage_status (*open)(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **state,
                          cimage_info *info, cimage_error *error);
    cimage_status (*read_rgb)(void *state, uint8_t *pixels, cimage_error *error);
    void (*close)(void *state);
    /// The memory of the codec during decoding in bytes, without small tables and the output pixels.
    uint64_t (*memory)(const void *state);
    // The following members are NULL if a format does not support them.
    cimage_status (*set_scale)(void *state, int32_t eighths, cimage_info *info, cimage_error *error);
    /// Whether this image can be read row by row.
    bool (*has_rows)(const void *state);
    /// Starts reading row by row: the first row is that of `wanted`. `columns` contains the needed columns and receives
    /// those of each row.
    cimage_status (*start_rows)(void *state, const cimage_rectangle *wanted, cimage_span *columns,
                                cimage_error *error);
    cimage_status (*read_rows)(void *state, uint8_t *const *rows, int32_t count, cimage_error *error);
    /// Reads to the end of the file as if all rows were needed.
    cimage_status (*finish_rows)(void *state, cimage_error *error);
} cimage_codec;

extern const cimage_codec cimage_jpeg_codec;
extern const cimage_codec cimage_png_codec;
extern const cimage_codec cimage_webp_codec;
extern const cimage_codec cimage_gif_codec;
extern const cimage_codec cimage_bmp_codec;
extern const cimage_codec cimage_pnm_codec;
extern const cimage_codec cimage_tiff_codec;
extern const cimage_codec cimage_heif_codec;

/// Pillow's CMYK to RGB (`cmyk2rgb` in Convert.c): each color times the inverted black, divided by 255 and rounded.
void cimage_cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, size_t count, bool is_inverted);

/// The orientation (1 to 8) in an EXIF block, as `cimage_exif_orientation`, or 0 if it has none. A value outside 1 to 8
/// counts as 1.
int32_t cimage_exif_orientation_or_none(const uint8_t *bytes, size_t count);

/// The orientation (1 to 8) in an XMP packet, or 0 if it has none.
int32_t cimage_xmp_orientation(const uint8_t *bytes, size_t count);

/// The orientation (1 to 8) of an image with this EXIF block and this XMP packet, each NULL if missing. As in Pillow's
/// `getexif`, XMP counts only if EXIF has none.
int32_t cimage_orientation(const uint8_t *exif, size_t exif_count, const uint8_t *xmp, size_t xmp_count);

/// A text in a PNG file: a chunk of type tEXt, zTXt or iTXt.
typedef struct cimage_png_text {
    const uint8_t *bytes;
    size_t count;
    bool is_compressed;
} cimage_png_text;

/// Finds the text of a chunk if it has this keyword. `type` is the chunk's four letters.
bool cimage_png_find_text(const uint8_t *type, const uint8_t *data, size_t count, const char *keyword,
                          cimage_png_text *text);

/// The orientation in a text "Raw profile type exif": EXIF in hexadecimal digits. 0 if it has none.
int32_t cimage_png_profile_orientation(const cimage_png_text *text);

/// The orientation in a text with XMP. 0 if it has none.
int32_t cimage_png_xmp_orientation(const cimage_png_text *text);

/// The names of the supported formats, for messages.
#define CIMAGE_FORMATS "JPEG, PNG, WebP, GIF, BMP, PNM, TIFF, HEIC and AVIF"

/// The rows of an image to resize, which arrive in order. Only the latest are in memory.
typedef struct cimage_row_source {
    /// Row r is at r % capacity. One byte after the last pixel of each row may be read.
    uint8_t *rows;
    size_t stride;
    int32_t capacity;
    /// The first column of the rows in memory.
    int32_t first_column;
    /// The next row.
    int32_t next;
    /// Decodes `count` rows from `next` on.
    cimage_status (*read)(struct cimage_row_source *source, int32_t count);
    void *context;
} cimage_row_source;

/// The part of the source that a resize needs.
typedef struct cimage_resize_demand {
    /// The pixels on which the window depends.
    cimage_rectangle part;
    /// The number of rows at a time.
    int32_t rows;
} cimage_resize_demand;

/// Computes the part that a resize needs. Returns false if its sizes are invalid.
bool cimage_resize_find_demand(const cimage_resizing *resizing, cimage_resize_demand *demand);

/// `cimage_resize_rgb` on rows that are decoded on demand. Rows and columns are counted from the corner of the source.
/// Those that are not needed may be missing.
cimage_status cimage_resize_rows_rgb(const cimage_resizing *resizing, cimage_row_source *source, uint8_t *destination,
                                     size_t destination_stride, void *workspace, size_t workspace_size);

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CIMAGE_THREAD_SANITIZER 1
#endif
#endif

/// Compiles a hot loop for several instruction sets. The best one for the processor is selected at program start,
/// before the thread sanitizer is ready, which such a program does not survive.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !defined(CIMAGE_THREAD_SANITIZER)
#define CIMAGE_HOT __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define CIMAGE_HOT
#endif

#endif
