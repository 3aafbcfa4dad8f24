// Pixels: decodes images from memory to packed 8-bit RGB, resizes, rotates, recolors and encodes them.
//
// Every function works on the caller's memory, has no callbacks, and may run on many threads at once. The only global
// state are the libraries of TIFF and HEIF, opened by the first file that needs them. No longjmp leaves this library.

#ifndef CIMAGE_H
#define CIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The result of a call.
typedef enum cimage_status {
    CIMAGE_OK = 0,
    /// There are no bytes.
    CIMAGE_EMPTY,
    /// The bytes are not an image of a known format.
    CIMAGE_UNRECOGNIZED,
    /// A known kind of file, or a variant of a format, that this library does not support.
    CIMAGE_UNSUPPORTED,
    /// The bytes end before the image does.
    CIMAGE_TRUNCATED,
    /// The bytes violate their format.
    CIMAGE_CORRUPT,
    /// More pixels than the caller allows, or more work than an image of that size can need.
    CIMAGE_TOO_LARGE,
    /// The system provided no memory.
    CIMAGE_OUT_OF_MEMORY,
    /// The caller's arguments are invalid or contradict each other.
    CIMAGE_INVALID_ARGUMENT,
} cimage_status;

/// The supported formats.
typedef enum cimage_format {
    CIMAGE_FORMAT_NONE = 0,
    CIMAGE_FORMAT_JPEG,
    CIMAGE_FORMAT_PNG,
    CIMAGE_FORMAT_WEBP,
    CIMAGE_FORMAT_GIF,
    CIMAGE_FORMAT_BMP,
    /// PBM, PGM and PPM, plain or raw.
    CIMAGE_FORMAT_PNM,
    CIMAGE_FORMAT_TIFF,
    /// HEIC and other images in HEIF, except AVIF.
    CIMAGE_FORMAT_HEIF,
    CIMAGE_FORMAT_AVIF,
} cimage_format;

/// The color model of the stored pixels.
typedef enum cimage_color {
    CIMAGE_COLOR_RGB = 0,
    CIMAGE_COLOR_GRAY,
    CIMAGE_COLOR_PALETTE,
    CIMAGE_COLOR_CMYK,
} cimage_color;

enum { CIMAGE_MESSAGE_CAPACITY = 256 };

/// The error of a call: a status and one line of text, in lower case and without a full stop.
typedef struct cimage_error {
    cimage_status status;
    char message[CIMAGE_MESSAGE_CAPACITY];
} cimage_error;

/// The values in the header of an image.
typedef struct cimage_info {
    cimage_format format;
    int32_t width;
    int32_t height;
    /// The orientation, 1 to 8 as in EXIF, from EXIF or XMP; 1 (upright) if the file has none or an invalid one.
    int32_t orientation;
    /// Whether the orientation belongs to the format, so that every reader applies it: in TIFF, and in HEIC, whose
    /// pixels are always decoded upright.
    bool is_orientation_inherent;
    /// Whether there are several frames or pages. Only the first is read.
    bool has_more_frames;
    cimage_color color;
    /// Whether there is an alpha channel or a transparent color. It is dropped.
    bool has_alpha;
    /// The bits per channel.
    int32_t bit_depth;
} cimage_info;

// MARK: Decoding

/// The format of a file, detected from its first bytes (64 are enough), never from its name. If it is not supported,
/// `error`, if not NULL, describes what the bytes look like.
cimage_format cimage_detect(const uint8_t *bytes, size_t count, cimage_error *error);

/// An image whose header has been read.
typedef struct cimage_decoder cimage_decoder;

/// Detects the format from the content and reads the header. No memory of the size of the image is allocated yet.
///
/// The bytes must stay valid and unchanged until the decoder is closed. On success `*decoder` must be closed with
/// `cimage_decoder_close`. On failure it is NULL and `error`, if not NULL, contains the reason. An image with more than
/// `maximum_pixels` pixels is rejected.
cimage_status cimage_decoder_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels,
                                  cimage_decoder **decoder, cimage_info *info, cimage_error *error);

/// Decodes the pixels, once, into `pixels`: width * height * 3 bytes, rows from the top, without applying the
/// orientation.
///
/// The pixels equal those of Pillow's `Image.open(file).convert("RGB")`: JPEG with the accurate integer DCT and smooth
/// chroma upsampling, CMYK with Pillow's formula; alpha dropped, not blended; 16 bits reduced to their high byte
/// (Pillow clips 16-bit gray to white); the first frame of an animation. HEIC and AVIF are near: how chroma becomes RGB
/// depends on the version of libheif, and Pillow reads AVIF with another library.
cimage_status cimage_decoder_read_rgb(cimage_decoder *decoder, uint8_t *pixels, size_t capacity, cimage_error *error);

/// Decodes a JPEG at `eighths` (1 to 8) eighths of its size, which is faster than decoding the whole. Each side is
/// rounded up. Call it before reading pixels. `*info` is updated to the decoded size; other formats stay unchanged.
cimage_status cimage_decoder_set_scale(cimage_decoder *decoder, int32_t eighths, cimage_info *info,
                                       cimage_error *error);

/// The maximum memory of decoding in bytes, from the header: the codec's own, and the pixels if they are all in memory
/// at once. This is always so for `cimage_decoder_read_rgb` (`whole`), and for `cimage_decoder_draw_rgb` if an image
/// cannot be read row by row. Set a scale before calling it.
uint64_t cimage_decoder_memory(const cimage_decoder *decoder, bool whole);

/// Frees the decoder. NULL is allowed.
void cimage_decoder_close(cimage_decoder *decoder);

/// The orientation (1 to 8) in an EXIF block (a TIFF structure, with or without "Exif\0\0" before it), 1 if none.
int32_t cimage_exif_orientation(const uint8_t *bytes, size_t count);

// MARK: Geometry

/// A rectangle in pixels.
typedef struct cimage_rectangle {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
} cimage_rectangle;

/// Pillow's filters with these names.
typedef enum cimage_filter {
    CIMAGE_BILINEAR = 0,
    CIMAGE_BICUBIC,
} cimage_filter;

/// Resizing of an image to `full_width` x `full_height`, of which only `window` is computed.
typedef struct cimage_resizing {
    cimage_filter filter;
    /// The image's pixels.
    int32_t source_width;
    int32_t source_height;
    /// The box of the image to resize, in pixels: 0, 0, source_width, source_height for all of it. An image decoded at
    /// a scale may need a fraction of its outermost pixels.
    double x;
    double y;
    double width;
    double height;
    int32_t full_width;
    int32_t full_height;
    /// The part of the resized image to compute; it must be inside the image.
    cimage_rectangle window;
} cimage_resizing;

/// The size in bytes of the scratch memory that `cimage_resize_rgb` needs, or 0 if the sizes are invalid.
size_t cimage_resize_workspace_size(const cimage_resizing *resizing);

/// Pillow's antialiased resize on packed 8-bit RGB, bit for bit; only `window` of the result is computed.
///
/// `source` has source_height rows of source_width pixels, `source_stride` bytes apart. The window is written to
/// `destination`, rows `destination_stride` bytes apart. `workspace` is scratch memory aligned to 16.
cimage_status cimage_resize_rgb(const cimage_resizing *resizing, const uint8_t *source, size_t source_stride,
                                uint8_t *destination, size_t destination_stride, void *workspace,
                                size_t workspace_size);

/// Decodes, once, and resizes: like `cimage_decoder_read_rgb`, then `cimage_resize_rgb` on the rectangle `part` of the
/// image, of resizing->source_width x resizing->source_height pixels.
///
/// For most JPEGs only the pixels that the window needs are decoded, and only a few rows are in memory at a time. The
/// file is nevertheless read to its end: files that `cimage_decoder_read_rgb` rejects are rejected, although the
/// destination may have been written to.
cimage_status cimage_decoder_draw_rgb(cimage_decoder *decoder, const cimage_rectangle *part,
                                      const cimage_resizing *resizing, uint8_t *destination,
                                      size_t destination_stride, cimage_error *error);

/// Mirrors each row of packed RGB in place.
void cimage_flip_rgb(uint8_t *pixels, int32_t width, int32_t height, size_t stride);

/// Flips a packed RGB image vertically in place.
void cimage_flip_rows_rgb(uint8_t *pixels, int32_t width, int32_t height, size_t stride);

/// Sets all pixels to one color.
void cimage_fill_rgb(const uint8_t color[3], uint8_t *pixels, int32_t width, int32_t height, size_t stride);

/// The padding beyond the edges of an image, as in numpy's `pad`.
typedef enum cimage_border {
    /// The nearest pixel.
    CIMAGE_BORDER_EDGE = 0,
    /// A mirror through the center of the outermost pixel: 3 2 | 1 2 3 4 | 3 2.
    CIMAGE_BORDER_REFLECT,
    /// A mirror at the edge: 2 1 | 1 2 3 4 | 4 3.
    CIMAGE_BORDER_SYMMETRIC,
} cimage_border;

/// Draws `window`, which may extend beyond the image on all sides, into window->width * window->height * 3 bytes.
cimage_status cimage_pad_rgb(cimage_border border, const uint8_t *source, int32_t width, int32_t height,
                             const cimage_rectangle *window, uint8_t *destination);

/// The interpolation between pixels: Pillow's filters with these names in transforms, which do not average when
/// shrinking.
typedef enum cimage_sampling {
    CIMAGE_SAMPLING_NEAREST = 0,
    CIMAGE_SAMPLING_BILINEAR,
    CIMAGE_SAMPLING_BICUBIC,
} cimage_sampling;

/// The source position of each pixel of a result.
typedef struct cimage_warp {
    cimage_sampling sampling;
    /// The position (x, y), the center of a pixel of the result, comes from ((a x + b y + c) / w, (d x + e y + f) / w)
    /// with w = g x + h y + 1; in the order a to h.
    double coefficients[8];
    /// Whether w is 1, so that g and h are ignored.
    bool is_affine;
    /// The color of pixels from beyond the image.
    uint8_t fill[3];
} cimage_warp;

/// Pillow's `transform` with AFFINE or PERSPECTIVE on packed RGB, bit for bit. `destination` has width * height * 3
/// bytes.
cimage_status cimage_warp_rgb(const cimage_warp *warp, const uint8_t *source, int32_t source_width,
                              int32_t source_height, uint8_t *destination, int32_t width, int32_t height);

/// Rotates a packed RGB image upright by its EXIF orientation (1 to 8). From 5 on, width and height are swapped.
/// `destination` has width * height * 3 bytes and must not overlap the source.
cimage_status cimage_orient_rgb(const uint8_t *source, int32_t width, int32_t height, int32_t orientation,
                                uint8_t *destination);

// MARK: Color

// Pillow's results, bit for bit and equal on every processor. Functions without a destination work in place. `count` is
// the number of pixels if the name ends in "rgb", otherwise of bytes.

/// Blends with black: 0 gives black, 1 the image, larger values a brighter, clipped image (ImageEnhance.Brightness).
void cimage_adjust_brightness_rgb(uint8_t *pixels, size_t count, float factor);

/// Blends with the mean gray (ImageEnhance.Contrast).
void cimage_adjust_contrast_rgb(uint8_t *pixels, size_t count, float factor);

/// Blends each pixel with its own gray (ImageEnhance.Color).
void cimage_adjust_saturation_rgb(uint8_t *pixels, size_t count, float factor);

/// Adds `shift` to the hue, in 256ths of the circle, through Pillow's 8-bit HSV.
void cimage_shift_hue_rgb(uint8_t *pixels, size_t count, uint8_t shift);

/// Sets each channel to the gray of ITU-R 601-2.
void cimage_make_gray_rgb(uint8_t *pixels, size_t count);

/// Inverts each byte (ImageOps.invert).
void cimage_invert(uint8_t *bytes, size_t count);

/// Keeps the `bits` (0 to 8) highest bits of each byte (ImageOps.posterize).
void cimage_posterize(uint8_t *bytes, size_t count, int32_t bits);

/// Inverts each byte that is at least the threshold (ImageOps.solarize).
void cimage_solarize(uint8_t *bytes, size_t count, double threshold);

/// Equalizes each channel's histogram (ImageOps.equalize).
void cimage_equalize_rgb(uint8_t *pixels, size_t count);

/// Stretches each channel from its lowest and highest value to 0 and 255 (ImageOps.autocontrast).
void cimage_autocontrast_rgb(uint8_t *pixels, size_t count);

/// Adds `weight` times each byte to its sum.
void cimage_mix_in(const uint8_t *bytes, size_t count, float weight, float *sums);

/// The sums as bytes, clipped and truncated.
void cimage_mix_out(const float *sums, size_t count, uint8_t *bytes);

/// Blends with the smoothed image: 0 gives the smooth image, 1 the original, larger values a sharper one
/// (ImageEnhance.Sharpness). `destination` must not overlap the source.
void cimage_adjust_sharpness_rgb(const uint8_t *source, int32_t width, int32_t height, float factor,
                                 uint8_t *destination);

/// The size in bytes of the scratch memory that `cimage_blur_rgb` needs for a kernel with this number of horizontal
/// taps.
size_t cimage_blur_workspace_size(int32_t width, int32_t taps);

/// Convolves each pixel's neighborhood vertically and horizontally, with odd numbers of taps. The image is mirrored at
/// the edges. Sums are floats, rounded half to even at the end. `destination` must not overlap the source. `workspace`
/// is scratch memory aligned to 16.
void cimage_blur_rgb(const uint8_t *source, int32_t width, int32_t height, const float *across, int32_t taps_across,
                     const float *down, int32_t taps_down, uint8_t *destination, void *workspace);

// MARK: Encoding

/// Encodes packed RGB as PNG. On success, free `*bytes` with `cimage_free`.
cimage_status cimage_encode_png(const uint8_t *pixels, int32_t width, int32_t height, uint8_t **bytes, size_t *count,
                                cimage_error *error);

/// Encodes packed RGB as JPEG with this quality, 1 to 100 as in libjpeg. On success, free `*bytes` with `cimage_free`.
cimage_status cimage_encode_jpeg(const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **bytes,
                                 size_t *count, cimage_error *error);

/// Frees memory that this library allocated for the caller. NULL is allowed.
void cimage_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
