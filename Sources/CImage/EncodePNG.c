// Packed RGB to PNG, in memory, with libpng's default filters and compression. Equal pixels give equal bytes.

#include "Internal.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct png_writer {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    cimage_error *error;
    cimage_status status;
} png_writer;

__attribute__((noreturn)) static void on_error(png_structp png, png_const_charp message) {
    png_writer *writer = png_get_error_ptr(png);
    if (writer->status == CIMAGE_OK) {
        writer->status = strcmp(message, "Out of memory") == 0
            ? cimage_fail(writer->error, CIMAGE_OUT_OF_MEMORY, "out of memory")
            : cimage_fail(writer->error, CIMAGE_INVALID_ARGUMENT, "the PNG cannot be written: %s", message);
    }
    longjmp(writer->escape, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    png_writer *writer = png_get_io_ptr(png);
    if (writer->capacity - writer->count < count) {
        size_t capacity = (writer->capacity + count) * 2;
        uint8_t *grown = realloc(writer->bytes, capacity);
        if (grown == NULL) {
            png_error(png, "Out of memory");
        }
        writer->bytes = grown;
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->count, bytes, count);
    writer->count += count;
}

static void flush(png_structp png) {
    (void)png;
}

static void write_image(png_writer *writer, const uint8_t *pixels, int32_t width, int32_t height) {
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
    writer->info = writer->png != NULL ? png_create_info_struct(writer->png) : NULL;
    if (writer->info == NULL) {
        writer->status = cimage_fail(writer->error, CIMAGE_OUT_OF_MEMORY, "out of memory");
        return;
    }
    png_set_write_fn(writer->png, writer, write_bytes, flush);
    png_set_user_limits(writer->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(writer->png, writer->info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(writer->png, writer->info);
    for (int32_t y = 0; y < height; y++) {
        png_write_row(writer->png, pixels + (size_t)y * (size_t)width * 3);
    }
    png_write_end(writer->png, writer->info);
}

cimage_status cimage_encode_png(const uint8_t *pixels, int32_t width, int32_t height, uint8_t **bytes, size_t *count,
                                cimage_error *error) {
    if (pixels == NULL || width <= 0 || height <= 0 || width > INT32_MAX / 8 || bytes == NULL || count == NULL) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT, "an image of %d x %d pixels cannot be written as PNG",
                           width, height);
    }
    *bytes = NULL;
    *count = 0;
    // On the heap, because variables must not be in registers when a longjmp passes.
    png_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    writer->error = error;
    if (!setjmp(writer->escape)) {
        write_image(writer, pixels, width, height);
    }
    png_destroy_write_struct(&writer->png, &writer->info);
    cimage_status status = writer->status;
    if (status == CIMAGE_OK) {
        *bytes = writer->bytes;
        *count = writer->count;
    } else {
        free(writer->bytes);
    }
    free(writer);
    return status;
}
