// What the source files of CImage share.

#ifndef CIMAGE_INTERNAL_H
#define CIMAGE_INTERNAL_H

#include "CImage.h"

#include <stdbool.h>

/// Fills in `error`, if there is one, and returns `status`.
cimage_status cimage_fail(cimage_error *error, cimage_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Checks a picture's size against the limit, before anything of that size is allocated.
cimage_status cimage_check_size(uint64_t width, uint64_t height, uint64_t maximum_pixels, cimage_error *error);

/// Neighbouring rows or columns.
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
    /// The bytes that the codec itself takes while it decodes, beside its small tables and the pixels that it gives.
    uint64_t (*memory)(const void *state);
    // What follows is NULL for a format that lacks it.
    cimage_status (*set_scale)(void *state, int32_t eighths, cimage_info *info, cimage_error *error);
    /// Whether this picture can be read row by row.
    bool (*has_rows)(const void *state);
    /// Begins to read row by row: the first row read will be that of `wanted`. `columns`, which hold those wanted, are
    /// what each row will have.
    cimage_status (*start_rows)(void *state, const cimage_rectangle *wanted, cimage_span *columns,
                                cimage_error *error);
    cimage_status (*read_rows)(void *state, uint8_t *const *rows, int32_t count, cimage_error *error);
    /// Reads to the end of the file as if all rows were wanted.
    cimage_status (*finish_rows)(void *state, cimage_error *error);
} cimage_codec;

extern const cimage_codec cimage_jpeg_codec;
extern const cimage_codec cimage_png_codec;
extern const cimage_codec cimage_webp_codec;

/// The rows of a picture that is to be resized, which come one after the other: only the latest are in memory.
typedef struct cimage_row_source {
    /// Row r lies at r % capacity. Each may be read up to a byte behind its last pixel.
    uint8_t *rows;
    size_t stride;
    int32_t capacity;
    /// The column that the rows in memory begin with.
    int32_t first_column;
    /// The row that comes next.
    int32_t next;
    /// Makes `count` rows from `next` on.
    cimage_status (*read)(struct cimage_row_source *source, int32_t count);
    void *context;
} cimage_row_source;

/// What a resize needs of its source.
typedef struct cimage_resize_demand {
    /// The pixels that the window depends on.
    cimage_rectangle part;
    /// So many rows at a time.
    int32_t rows;
} cimage_resize_demand;

/// Finds out what a resize needs; false if its sizes make no sense.
bool cimage_resize_find_demand(const cimage_resizing *resizing, cimage_resize_demand *demand);

/// `cimage_resize_rgb` on rows that are made on demand. Rows and columns count from the corner of the source; those
/// without demand may lack.
cimage_status cimage_resize_rows_rgb(const cimage_resizing *resizing, cimage_row_source *source, uint8_t *destination,
                                     size_t destination_stride, void *workspace, size_t workspace_size);

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CIMAGE_THREAD_SANITIZER 1
#endif
#endif

/// Compiles a hot loop for several instruction sets, of which the running processor's best is chosen at start: before
/// the thread sanitizer is ready, which such a program does not survive.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !defined(CIMAGE_THREAD_SANITIZER)
#define CIMAGE_HOT __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define CIMAGE_HOT
#endif

#endif
