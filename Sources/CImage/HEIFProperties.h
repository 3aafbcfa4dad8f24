// The properties of items in HEIF: sizes, kinds of pixels, and what is done to them after decoding.

#ifndef CIMAGE_HEIF_PROPERTIES_H
#define CIMAGE_HEIF_PROPERTIES_H

#include "HEIFFrames.h"

#include <string.h>

static inline bool is_type(const char type[5], const char *name) {
    return memcmp(type, name, 4) == 0;
}

/// The values of an item's properties.
typedef struct item_header {
    uint32_t width;
    uint32_t height;
    frame_header frame;
    bool is_alpha;
} item_header;

/// Reads a property into an `item_header`. Returns true.
bool cimage_heif_read_property(range box, const char type[5], void *header);

/// Applies a crop, turn or mirror to a `cimage_heif_outline` whose size has been checked. Returns false if a crop is
/// outside the image.
bool cimage_heif_transform(range box, const char type[5], void *outline);

#endif
