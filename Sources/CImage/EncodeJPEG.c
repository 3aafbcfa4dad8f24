// Packed RGB to JPEG, in memory, with libjpeg-turbo: chroma at half the resolution, optimized Huffman tables. Equal
// pixels give equal bytes.

#include "Internal.h"

// jpeglib.h needs FILE and size_t declared before it.
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

typedef struct jpeg_writer {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
    uint8_t *bytes;
    size_t capacity;
    cimage_error *error;
    cimage_status status;
} jpeg_writer;

// The managers get the library's struct, which is the first member of our struct.
static jpeg_writer *writer_of(j_common_ptr jpeg) {
    return (jpeg_writer *)jpeg;
}

__attribute__((noreturn)) static void on_error(j_common_ptr jpeg) {
    jpeg_writer *writer = writer_of(jpeg);
    char text[JMSG_LENGTH_MAX];
    writer->errors.format_message(jpeg, text);
    writer->status = writer->errors.msg_code == JERR_OUT_OF_MEMORY
        ? cimage_fail(writer->error, CIMAGE_OUT_OF_MEMORY, "out of memory")
        : cimage_fail(writer->error, CIMAGE_INVALID_ARGUMENT, "the JPEG cannot be written: %s", text);
    longjmp(writer->escape, 1);
}

static void ignore_message(j_common_ptr jpeg, int level) {
    (void)jpeg;
    (void)level;
}

static void ignore_output(j_common_ptr jpeg) {
    (void)jpeg;
}

/// Gives the library space from `used` on.
static void make_room(jpeg_writer *writer, size_t used, size_t capacity) {
    uint8_t *grown = realloc(writer->bytes, capacity);
    if (grown == NULL) {
        ERREXIT1(&writer->jpeg, JERR_OUT_OF_MEMORY, 0);
    }
    writer->bytes = grown;
    writer->capacity = capacity;
    writer->destination.next_output_byte = grown + used;
    writer->destination.free_in_buffer = capacity - used;
}

static void begin_output(j_compress_ptr jpeg) {
    make_room(writer_of((j_common_ptr)jpeg), 0, 16384);
}

// Called when the space is full, whatever the library stored in the counts.
static boolean extend_output(j_compress_ptr jpeg) {
    jpeg_writer *writer = writer_of((j_common_ptr)jpeg);
    make_room(writer, writer->capacity, writer->capacity * 2);
    return TRUE;
}

static void end_output(j_compress_ptr jpeg) {
    (void)jpeg;
}

static void write_image(jpeg_writer *writer, const uint8_t *pixels, int32_t width, int32_t height, int32_t quality) {
    j_compress_ptr jpeg = &writer->jpeg;
    jpeg_create_compress(jpeg);
    writer->destination.init_destination = begin_output;
    writer->destination.empty_output_buffer = extend_output;
    writer->destination.term_destination = end_output;
    jpeg->dest = &writer->destination;
    jpeg->image_width = (JDIMENSION)width;
    jpeg->image_height = (JDIMENSION)height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->optimize_coding = TRUE;
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)jpeg->next_scanline * (size_t)width * 3);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

cimage_status cimage_encode_jpeg(const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **bytes,
                                 size_t *count, cimage_error *error) {
    if (pixels == NULL || width <= 0 || height <= 0 || width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION
        || bytes == NULL || count == NULL) {
        return cimage_fail(error, CIMAGE_INVALID_ARGUMENT,
                           "an image of %d x %d pixels cannot be written as JPEG: the maximum side is %ld", width,
                           height, (long)JPEG_MAX_DIMENSION);
    }
    *bytes = NULL;
    *count = 0;
    // On the heap, because variables must not be in registers when a longjmp passes.
    jpeg_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    writer->error = error;
    writer->jpeg.err = jpeg_std_error(&writer->errors);
    writer->errors.error_exit = on_error;
    writer->errors.emit_message = ignore_message;
    writer->errors.output_message = ignore_output;
    if (!setjmp(writer->escape)) {
        write_image(writer, pixels, width, height, quality);
    }
    cimage_status status = writer->status;
    if (status == CIMAGE_OK) {
        *bytes = writer->bytes;
        *count = writer->capacity - writer->destination.free_in_buffer;
    } else {
        free(writer->bytes);
    }
    jpeg_destroy_compress(&writer->jpeg);
    free(writer);
    return status;
}
