// The header of an image in HEIF (ISO/IEC 23008-12), read without a decoder.

#ifndef CIMAGE_HEIF_BOXES_H
#define CIMAGE_HEIF_BOXES_H

#include "Internal.h"

/// The coding of the pixels.
typedef enum cimage_heif_coding {
    CIMAGE_HEIF_OTHER = 0,
    CIMAGE_HEIF_HEVC,
    CIMAGE_HEIF_AV1,
} cimage_heif_coding;

/// The values of the primary item.
typedef struct cimage_heif_outline {
    cimage_heif_coding coding;
    /// The item's type, such as "hvc1", or its tiles' type.
    char type[5];
    /// Before it is cropped, turned and mirrored.
    uint32_t width;
    uint32_t height;
    /// After that.
    uint32_t final_width;
    uint32_t final_height;
    /// The pixels that the decoder has in memory at once: of the image, or of a tile.
    uint64_t coded_pixels;
    /// The longest side of the image and of its coded frames.
    uint32_t longest_side;
    /// `irot` and `imir` as an EXIF orientation, 1 to 8; of AVIF, XMP's if there is no other.
    int32_t orientation;
    bool has_alpha;
    bool is_gray;
    bool has_more_frames;
    int32_t bit_depth;
} cimage_heif_outline;

/// Reads the boxes. Everything that is the basis of a limit is checked: sizes against those of the boxes around, the
/// items' bytes against the file, the size of the image against that of the coded frames.
cimage_status cimage_heif_read_outline(const uint8_t *bytes, size_t count, uint64_t maximum_pixels,
                                       cimage_heif_outline *outline, cimage_error *error);

#endif
