// The samples of TIFF files, their conversion to RGB, and their compressions.

#ifndef CIMAGE_TIFF_SAMPLES_H
#define CIMAGE_TIFF_SAMPLES_H

#include "Internal.h"

/// The planes that a conversion needs at most: CMYK, or RGB and alpha.
enum { CIMAGE_TIFF_MAXIMUM_BANDS = 4 };

/// The way from stored samples to RGB.
typedef enum tiff_model {
    model_gray,
    model_rgb,
    model_palette,
    model_cmyk,
    /// YCbCr without subsampling, not compressed.
    model_ycbcr,
    /// Other YCbCr, converted by libtiff.
    model_converted,
} tiff_model;

/// The kinds of samples, by the tag SampleFormat.
typedef enum tiff_samples {
    samples_unsigned = 1,
    samples_signed = 2,
    samples_float = 3,
} tiff_samples;

/// The samples of a file.
typedef struct cimage_tiff_layout {
    tiff_model model;
    tiff_samples samples;
    uint32_t bits;
    uint32_t samples_per_pixel;
    bool is_planar;
    /// Whether 0 is white.
    bool is_inverted;
    /// Whether the colors were multiplied by alpha, the sample behind them.
    bool is_premultiplied;
    uint8_t palette[256][3];
} cimage_tiff_layout;

/// The bands that make a color.
uint32_t cimage_tiff_bands(tiff_model model);

/// The color model that the files with this model have.
cimage_color cimage_tiff_color(tiff_model model);

/// Whether samples of this kind and number of bits can be converted. Those of YCbCr have 8 bits, also if it is read as
/// gray.
bool cimage_tiff_can_convert(const cimage_tiff_layout *layout, bool is_ycbcr);

/// Converts a row of `count` pixels. `planes` has the row in each plane, or once if the samples of a pixel are
/// together; `scratch` has room for the samples of the row.
void cimage_tiff_convert_row(const cimage_tiff_layout *layout,
                             const uint8_t *const planes[CIMAGE_TIFF_MAXIMUM_BANDS], uint32_t count,
                             uint8_t *scratch, uint8_t *rgb);

/// The name of a compression that libtiff may lack, NULL if it is unknown.
const char *cimage_tiff_compression_name(uint16_t compression);

/// The bytes of samples that one compressed byte can stand for at most, 0 if there is no limit.
uint64_t cimage_tiff_compression_ratio(uint16_t compression);

#endif
