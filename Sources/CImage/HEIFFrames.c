// Parameter sets of HEVC (ITU-T H.265, ISO/IEC 14496-15) and sequence headers of AV1.

#include "HEIFFrames.h"

/// The bits of a parameter set, without the bytes that prevent start codes.
typedef struct bit_reader {
    range bytes;
    /// Whether there are no such bytes: in AV1.
    bool is_plain;
    uint32_t zeros;
    uint32_t current;
    uint32_t left;
} bit_reader;

static uint32_t take_bits(bit_reader *reader, uint32_t count) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (reader->left == 0) {
            reader->current = take8(&reader->bytes);
            if (!reader->is_plain && reader->zeros >= 2 && reader->current == 3) {
                reader->zeros = 0;
                reader->current = take8(&reader->bytes);
            }
            reader->zeros = reader->current == 0 ? reader->zeros + 1 : 0;
            reader->left = 8;
        }
        reader->left--;
        value = value << 1 | (reader->current >> reader->left & 1);
    }
    return value;
}

/// An Exp-Golomb code.
static uint32_t take_golomb(bit_reader *reader) {
    uint32_t zeros = 0;
    while (zeros < 31 && !reader->bytes.is_over && take_bits(reader, 1) == 0) {
        zeros++;
    }
    return (1u << zeros) - 1 + take_bits(reader, zeros);
}

/// A sequence parameter set of HEVC: ITU-T H.265, 7.3.2.2.
static void read_parameters(range unit, frame_header *frame) {
    bit_reader reader = {.bytes = unit};
    take_bits(&reader, 16 + 4);
    uint32_t layers = take_bits(&reader, 3);
    take_bits(&reader, 1 + 32 + 32 + 32);
    uint32_t flags[8] = {0};
    for (uint32_t i = 0; i < layers; i++) {
        flags[i] = take_bits(&reader, 2);
    }
    take_bits(&reader, layers > 0 ? (8 - layers) * 2 : 0);
    for (uint32_t i = 0; i < layers; i++) {
        take_bits(&reader, flags[i] & 2 ? 32 : 0);
        take_bits(&reader, flags[i] & 2 ? 32 : 0);
        take_bits(&reader, flags[i] & 2 ? 24 : 0);
        take_bits(&reader, flags[i] & 1 ? 8 : 0);
    }
    take_golomb(&reader);
    uint32_t chroma = take_golomb(&reader);
    take_bits(&reader, chroma == 3 ? 1 : 0);
    uint32_t width = take_golomb(&reader);
    uint32_t height = take_golomb(&reader);
    if (take_bits(&reader, 1) == 1) {
        for (int side = 0; side < 4; side++) {
            take_golomb(&reader);
        }
    }
    uint32_t depth = take_golomb(&reader) + 8;
    if (!reader.bytes.is_over) {
        frame->width = width > frame->width ? width : frame->width;
        frame->height = height > frame->height ? height : frame->height;
        frame->depth = depth <= 16 ? depth : 16;
        frame->is_gray = chroma == 0;
    }
}

void cimage_heif_read_hevc(range box, frame_header *frame) {
    enum { parameters = 33, header_size = 22 };
    if (box.end - box.position < header_size) {
        return;
    }
    frame->length_size = (box.bytes[box.position + header_size - 1] & 3) + 1u;
    box.position += header_size;
    uint32_t arrays = take8(&box);
    for (uint32_t i = 0; i < arrays && !box.is_over; i++) {
        uint32_t kind = take8(&box) & 0x3F;
        uint32_t units = take16(&box);
        for (uint32_t j = 0; j < units && !box.is_over; j++) {
            uint32_t size = take16(&box);
            if (box.end - box.position < size) {
                return;
            }
            if (kind == parameters) {
                read_parameters((range){box.bytes, box.position, box.position + size, false}, frame);
            }
            box.position += size;
        }
    }
}

void cimage_heif_read_av1(range box, frame_header *frame) {
    take16(&box);
    uint32_t flags = take8(&box);
    frame->depth = flags & 0x40 ? (flags & 0x20 ? 12 : 10) : 8;
    frame->is_gray = (flags & 0x10) != 0;
}

/// The frame size of an AV1 sequence header: AV1 specification, 5.5.1.
static void read_sequence(range unit, frame_header *frame) {
    bit_reader reader = {.bytes = unit, .is_plain = true};
    take_bits(&reader, 3 + 1);
    if (take_bits(&reader, 1) == 1) {
        take_bits(&reader, 5);
    } else {
        uint32_t delay_bits = 0;
        if (take_bits(&reader, 1) == 1) {
            take_bits(&reader, 32);
            take_bits(&reader, 32);
            if (take_bits(&reader, 1) == 1) {
                take_golomb(&reader);
            }
            if (take_bits(&reader, 1) == 1) {
                delay_bits = take_bits(&reader, 5) + 1;
                take_bits(&reader, 32);
                take_bits(&reader, 10);
            }
        }
        bool has_display_delay = take_bits(&reader, 1) == 1;
        uint32_t points = take_bits(&reader, 5) + 1;
        for (uint32_t i = 0; i < points; i++) {
            take_bits(&reader, 12);
            if (take_bits(&reader, 5) > 7) {
                take_bits(&reader, 1);
            }
            if (delay_bits > 0 && take_bits(&reader, 1) == 1) {
                take_bits(&reader, delay_bits);
                take_bits(&reader, delay_bits);
                take_bits(&reader, 1);
            }
            if (has_display_delay && take_bits(&reader, 1) == 1) {
                take_bits(&reader, 4);
            }
        }
    }
    uint32_t width_bits = take_bits(&reader, 4) + 1;
    uint32_t height_bits = take_bits(&reader, 4) + 1;
    uint32_t width = take_bits(&reader, width_bits) + 1;
    uint32_t height = take_bits(&reader, height_bits) + 1;
    if (!reader.bytes.is_over) {
        frame->width = width > frame->width ? width : frame->width;
        frame->height = height > frame->height ? height : frame->height;
    }
}

void cimage_heif_scan_frames(range data, cimage_heif_coding coding, frame_header *frame, uint32_t *steps,
                             uint32_t maximum_steps) {
    enum { hevc_parameters = 33, av1_sequence = 1 };
    if (coding == CIMAGE_HEIF_OTHER || (coding == CIMAGE_HEIF_HEVC && frame->length_size == 0)) {
        return;
    }
    while (data.position < data.end && ++*steps <= maximum_steps) {
        uint64_t size;
        uint32_t kind;
        if (coding == CIMAGE_HEIF_HEVC) {
            size = take(&data, frame->length_size);
            kind = data.position < data.end ? data.bytes[data.position] >> 1 & 0x3F : 0;
        } else {
            uint32_t header = take8(&data);
            kind = header >> 3 & 15;
            take(&data, header & 4 ? 1 : 0);
            size = data.end - data.position;
            uint64_t coded = 0;
            uint32_t byte = 0x80;
            for (uint32_t i = 0; header & 2 && i < 8 && byte & 0x80; i++) {
                byte = take8(&data);
                coded |= (uint64_t)(byte & 0x7F) << 7 * i;
            }
            size = header & 2 ? coded : size;
        }
        size_t left = data.end - data.position;
        range unit = {data.bytes, data.position, data.position + (size_t)(size < left ? size : left), false};
        if (coding == CIMAGE_HEIF_HEVC && kind == hevc_parameters) {
            read_parameters(unit, frame);
        } else if (coding == CIMAGE_HEIF_AV1 && kind == av1_sequence) {
            read_sequence(unit, frame);
        }
        data.position = unit.end;
    }
}
