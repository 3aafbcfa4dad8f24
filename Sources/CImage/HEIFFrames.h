// Coded frames of HEVC and AV1 in HEIF: the sizes that their decoders will allocate.

#ifndef CIMAGE_HEIF_FRAMES_H
#define CIMAGE_HEIF_FRAMES_H

#include "HEIFBoxes.h"

/// A range of the file with a position. Reading beyond its end gives zeros and sets `is_over`.
typedef struct range {
    const uint8_t *bytes;
    size_t position;
    size_t end;
    bool is_over;
} range;

static inline uint64_t take(range *r, uint32_t size) {
    if (size > 8 || r->end - r->position < size) {
        r->position = r->end;
        r->is_over = true;
        return 0;
    }
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++) {
        value = value << 8 | r->bytes[r->position + i];
    }
    r->position += size;
    return value;
}

static inline uint32_t take8(range *r) {
    return (uint32_t)take(r, 1);
}

static inline uint32_t take16(range *r) {
    return (uint32_t)take(r, 2);
}

static inline uint32_t take32(range *r) {
    return (uint32_t)take(r, 4);
}

/// The values of a coded frame that the decoder configuration gives, 0 if unknown.
typedef struct frame_header {
    uint32_t width;
    uint32_t height;
    uint32_t depth;
    bool is_gray;
    /// Of HEVC: the bytes of the length in front of each unit.
    uint32_t length_size;
} frame_header;

/// Reads the box `hvcC` of HEVC.
void cimage_heif_read_hevc(range box, frame_header *frame);

/// Reads the box `av1C` of AV1.
void cimage_heif_read_av1(range box, frame_header *frame);

/// Reads the parameters inside an item's data: the largest frame counts. `steps` counts the units, of which there may
/// be `maximum_steps`.
void cimage_heif_scan_frames(range data, cimage_heif_coding coding, frame_header *frame, uint32_t *steps,
                             uint32_t maximum_steps);

#endif
