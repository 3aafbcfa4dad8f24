// The properties of items in HEIF: ISO/IEC 23008-12, 6.5.

#include "HEIFProperties.h"

bool cimage_heif_read_property(range box, const char type[5], void *context) {
    static const char *const alpha_names[] = {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
                                              "urn:mpeg:hevc:2015:auxid:1"};
    item_header *header = context;
    if (is_type(type, "ispe")) {
        take32(&box);
        header->width = take32(&box);
        header->height = take32(&box);
    } else if (is_type(type, "pixi")) {
        take32(&box);
        uint32_t channels = take8(&box);
        uint32_t depth = take8(&box);
        header->frame.is_gray = channels == 1;
        header->frame.depth = depth >= 1 && depth <= 16 ? depth : header->frame.depth;
    } else if (is_type(type, "hvcC")) {
        cimage_heif_read_hevc(box, &header->frame);
    } else if (is_type(type, "av1C")) {
        cimage_heif_read_av1(box, &header->frame);
    } else if (is_type(type, "auxC")) {
        take32(&box);
        for (int i = 0; i < 2; i++) {
            size_t length = strlen(alpha_names[i]);
            header->is_alpha = header->is_alpha
                || (box.end - box.position >= length
                    && memcmp(box.bytes + box.position, alpha_names[i], length) == 0);
        }
    }
    return true;
}

// MARK: Transformations

/// A step of a quarter turn or a mirror on an orientation: the orientation after it, by the one before it.
static const uint8_t after_turn[9] = {0, 8, 5, 6, 7, 4, 1, 2, 3};
static const uint8_t after_upside_down[9] = {0, 4, 3, 2, 1, 8, 7, 6, 5};
static const uint8_t after_left_right[9] = {0, 2, 1, 4, 3, 6, 5, 8, 7};

/// `a` / `b`, rounded down.
static int64_t divide_down(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// The length that a side has after a clean aperture of `size` / `size_part` around an offset from the center.
static uint32_t cropped(uint32_t length, uint32_t size, uint32_t size_part, int32_t offset, uint32_t offset_part) {
    // Larger numbers than any image needs overflow.
    const uint32_t limit = 1 << 24;
    if (size_part == 0 || offset_part == 0 || size_part > 1 << 16 || offset_part > 1 << 16
        || size / size_part > limit || size / size_part == 0 || offset / (int64_t)offset_part > limit
        || offset / (int64_t)offset_part < -(int64_t)limit) {
        return 0;
    }
    int64_t rounded = ((int64_t)size * 2 + size_part) / (2 * (int64_t)size_part);
    // offset + (length - 1) / 2 - (size - 1) / 2, over a common denominator.
    int64_t part = 2 * (int64_t)size_part;
    int64_t centered = ((int64_t)length * size_part - size) * (int64_t)offset_part + (int64_t)offset * part;
    int64_t left = divide_down(centered, part * offset_part);
    int64_t right = left + rounded - 1;
    left = left < 0 ? 0 : left;
    right = right >= length ? (int64_t)length - 1 : right;
    return right >= left ? (uint32_t)(right - left + 1) : 0;
}

/// Applies the crop to the final size.
static bool crop(range box, cimage_heif_outline *outline) {
    uint32_t values[8];
    for (int i = 0; i < 8; i++) {
        values[i] = take32(&box);
    }
    outline->final_width = cropped(outline->final_width, values[0], values[1], (int32_t)values[4], values[5]);
    outline->final_height = cropped(outline->final_height, values[2], values[3], (int32_t)values[6], values[7]);
    return !box.is_over && outline->final_width > 0 && outline->final_height > 0;
}

static void turn(uint32_t quarters, cimage_heif_outline *outline) {
    for (uint32_t i = 0; i < quarters; i++) {
        outline->orientation = after_turn[outline->orientation];
        uint32_t width = outline->final_width;
        outline->final_width = outline->final_height;
        outline->final_height = width;
    }
}

bool cimage_heif_transform(range box, const char type[5], void *context) {
    cimage_heif_outline *outline = context;
    if (is_type(type, "clap") && outline->coding != CIMAGE_HEIF_AV1) {
        return crop(box, outline);
    }
    if (is_type(type, "irot")) {
        turn(take8(&box) & 3, outline);
    } else if (is_type(type, "imir")) {
        const uint8_t *after = take8(&box) & 1 ? after_left_right : after_upside_down;
        outline->orientation = after[outline->orientation];
    }
    return true;
}
