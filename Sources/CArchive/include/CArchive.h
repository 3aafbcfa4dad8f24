// Decompression of Zstandard by a library that is opened at run time.

#ifndef CARCHIVE_H
#define CARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARCHIVE_MESSAGE_CAPACITY 160

/// Opens libzstd once for the process.
///
/// Returns false if it is absent or lacks a function; `message`, of `CARCHIVE_MESSAGE_CAPACITY` bytes, is then the
/// reason.
bool carchive_zstd_open(char *message);

/// A decompressor; NULL if there is no memory. Only after `carchive_zstd_open` returned true.
void *carchive_zstd_create(void);

void carchive_zstd_free(void *stream);

typedef enum carchive_status { CARCHIVE_CONTINUES, CARCHIVE_ENDS, CARCHIVE_DAMAGED } carchive_status;

/// The numbers of bytes that a step read and wrote.
typedef struct carchive_step {
    size_t taken;
    size_t given;
} carchive_step;

/// Decompresses as much as the input and the output allow. A frame that needs a window of more than 128 MiB is refused.
///
/// `CARCHIVE_ENDS`: a frame ends; further input begins the next one. `CARCHIVE_DAMAGED`: `message` is the reason.
carchive_status carchive_zstd_step(
    void *stream, const void *input, size_t input_count, void *output, size_t output_count, carchive_step *step,
    char *message);

#endif
