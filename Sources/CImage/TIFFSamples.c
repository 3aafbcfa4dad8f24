// Converts decoded samples of TIFF files to RGB as Pillow does (see its src/libImaging/{Unpack,ConvertYCbCr}.c), and
// knows their compressions.

#include "TIFFSamples.h"

#include <string.h>
#include <tiffio.h>

uint32_t cimage_tiff_bands(tiff_model model) {
    switch (model) {
    case model_rgb:
    case model_ycbcr:
    case model_converted: return 3;
    case model_cmyk: return 4;
    default: return 1;
    }
}

bool cimage_tiff_can_convert(const cimage_tiff_layout *layout, bool is_ycbcr) {
    bool is_whole = layout->bits >= 1 && layout->bits <= 16;
    if (is_ycbcr) {
        return layout->bits == 8;
    }
    switch (layout->model) {
    case model_gray:
        switch (layout->samples) {
        case samples_float: return layout->bits == 32 || layout->bits == 64;
        case samples_signed: return layout->bits == 8 || layout->bits == 16 || layout->bits == 32;
        default: return is_whole || layout->bits == 32;
        }
    case model_palette: return layout->samples != samples_float && is_whole && layout->bits <= 8;
    case model_cmyk: return layout->samples == samples_unsigned && (layout->bits == 8 || layout->bits == 16);
    default: return layout->samples == samples_unsigned && is_whole;
    }
}

cimage_color cimage_tiff_color(tiff_model model) {
    switch (model) {
    case model_gray: return CIMAGE_COLOR_GRAY;
    case model_palette: return CIMAGE_COLOR_PALETTE;
    case model_cmyk: return CIMAGE_COLOR_CMYK;
    default: return CIMAGE_COLOR_RGB;
    }
}

// MARK: Conversion

/// Rounds half up; exact for 1, 2 and 4 bits.
static uint8_t widen(uint32_t value, uint32_t bits) {
    uint32_t maximum = (1u << bits) - 1;
    return (uint8_t)((value * 255 + maximum / 2) / maximum);
}

/// The samples of a row, `step` apart from `first` on, in samples that need not be whole bytes. Indices of a palette
/// stay as they are.
static void read_packed(const uint8_t *row, uint32_t bits, uint32_t first, uint32_t step, uint32_t count,
                        bool is_palette, uint8_t *target, uint32_t target_step) {
    for (uint32_t x = 0; x < count; x++) {
        uint64_t bit = ((uint64_t)first + (uint64_t)x * step) * bits;
        uint32_t value = 0;
        for (uint32_t left = bits; left > 0;) {
            uint32_t offset = (uint32_t)(bit % 8);
            uint32_t taken = left < 8 - offset ? left : 8 - offset;
            value = value << taken | (((uint32_t)row[bit / 8] >> (8 - offset - taken)) & ((1u << taken) - 1));
            bit += taken;
            left -= taken;
        }
        target[(size_t)x * target_step] = is_palette ? (uint8_t)value
            : bits > 8                               ? (uint8_t)(value >> (bits - 8))
                                                     : widen(value, bits);
    }
}

/// Pillow's conversion of its modes I and F: clipped, then truncated. No number becomes 0.
static uint8_t clip(double value) {
    return value > 0 ? (value < 255 ? (uint8_t)value : 255) : 0;
}

/// The samples of a row, `step` apart from `first` on, as bytes `target_step` apart.
static void read_samples(const cimage_tiff_layout *layout, const uint8_t *row, uint32_t first, uint32_t step,
                         uint32_t count, uint8_t *target, uint32_t target_step) {
    const size_t size = layout->bits / 8;
    if (layout->bits % 8 != 0) {
        read_packed(row, layout->bits, first, step, count, layout->model == model_palette, target, target_step);
        return;
    }
    const uint8_t *source = row + first * size;
    for (uint32_t x = 0; x < count; x++, source += step * size, target += target_step) {
        // libtiff gives the processor's byte order. Rows need not be aligned.
        int16_t half;
        int32_t word;
        float real;
        double wide;
        switch (size) {
        case 1: *target = *source; break;
        case 2:
            memcpy(&half, source, sizeof half);
            *target = layout->samples == samples_signed ? clip(half) : (uint8_t)((uint16_t)half >> 8);
            break;
        case 4:
            memcpy(&word, source, sizeof word);
            memcpy(&real, source, sizeof real);
            // Pillow takes unsigned numbers for signed ones.
            *target = layout->samples == samples_float ? clip(real) : clip(word);
            break;
        default:
            memcpy(&wide, source, sizeof wide);
            *target = clip(wide);
            break;
        }
    }
}

/// Divides colors by their alpha, the last of `bands` + 1 samples, as Pillow does for its mode RGBa.
static void divide_by_alpha(uint8_t *samples, uint32_t count, uint32_t bands) {
    for (uint32_t x = 0; x < count; x++, samples += bands + 1) {
        uint32_t alpha = samples[bands];
        for (uint32_t band = 0; band < bands && alpha < 255; band++) {
            uint32_t value = alpha == 0 ? 0 : samples[band] * 255u / alpha;
            samples[band] = (uint8_t)(value < 255 ? value : 255);
        }
    }
}

/// Pillow's YCbCr to RGB (ConvertYCbCr.c): JFIF's factors in 64ths. A few entries of its tables are one off.
static void convert_ycbcr(const uint8_t *samples, uint8_t *rgb, uint32_t count) {
    for (uint32_t x = 0; x < count; x++, samples += 3, rgb += 3) {
        int y = samples[0] * 64;
        int blue = samples[1] - 128;
        int red = samples[2] - 128;
        int sums[3] = {y + red * 89728 / 1000, y - blue * 22025 / 1000 - red * 45705 / 1000, y + blue * 113408 / 1000};
        for (int channel = 0; channel < 3; channel++) {
            int value = sums[channel] < 0 ? 0 : sums[channel] / 64;
            rgb[channel] = (uint8_t)(value < 255 ? value : 255);
        }
    }
}

void cimage_tiff_convert_row(const cimage_tiff_layout *layout,
                             const uint8_t *const planes[CIMAGE_TIFF_MAXIMUM_BANDS], uint32_t count,
                             uint8_t *scratch, uint8_t *rgb) {
    uint32_t bands = cimage_tiff_bands(layout->model);
    uint32_t samples = bands + (layout->is_premultiplied ? 1 : 0);
    if (layout->model == model_rgb && layout->bits == 8 && layout->samples_per_pixel == 3 && !layout->is_planar) {
        memcpy(rgb, planes[0], (size_t)count * 3);
        return;
    }
    for (uint32_t band = 0; band < samples; band++) {
        const uint8_t *row = planes[layout->is_planar ? band : 0];
        uint32_t step = layout->is_planar ? 1 : layout->samples_per_pixel;
        read_samples(layout, row, layout->is_planar ? 0 : band, step, count, scratch + band, samples);
    }
    if (layout->is_premultiplied) {
        divide_by_alpha(scratch, count, bands);
    }
    switch (layout->model) {
    case model_gray:
        for (uint32_t x = 0; x < count; x++) {
            uint8_t gray = layout->is_inverted ? (uint8_t)~scratch[(size_t)x * samples] : scratch[(size_t)x * samples];
            memset(rgb + (size_t)x * 3, gray, 3);
        }
        break;
    case model_palette:
        for (uint32_t x = 0; x < count; x++) {
            memcpy(rgb + (size_t)x * 3, layout->palette[scratch[(size_t)x * samples]], 3);
        }
        break;
    case model_cmyk: cimage_cmyk_to_rgb(scratch, rgb, count, false); break;
    case model_ycbcr: convert_ycbcr(scratch, rgb, count); break;
    default:
        for (uint32_t x = 0; x < count; x++) {
            memcpy(rgb + (size_t)x * 3, scratch + (size_t)x * samples, 3);
        }
        break;
    }
}

// MARK: Compression

const char *cimage_tiff_compression_name(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_OJPEG: return "old-style JPEG";
    case COMPRESSION_JPEG: return "JPEG";
    case COMPRESSION_LZMA: return "LZMA";
    case COMPRESSION_ZSTD: return "Zstandard";
    case COMPRESSION_WEBP: return "WebP";
    case COMPRESSION_LERC: return "LERC";
    case COMPRESSION_JBIG: return "JBIG";
    case COMPRESSION_JXL: return "JPEG XL";
    case COMPRESSION_JP2000:
    case 33003:
    case 33004:
    case 33005: return "JPEG 2000";
    default: return NULL;
    }
}

uint64_t cimage_tiff_compression_ratio(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_NONE: return 1;
    case COMPRESSION_PACKBITS: return 64;
    case COMPRESSION_LZW: return 2731;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE: return 1040;
    default: return 0;
    }
}
