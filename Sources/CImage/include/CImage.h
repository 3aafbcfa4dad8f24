// Pixels: pictures decoded from memory into packed 8-bit RGB, resized, turned, recoloured, and written as PNG.
//
// Every function works on memory that the caller gives, calls nothing back, keeps no global state and may run on many
// threads at once. No longjmp leaves this library.

#ifndef CIMAGE_H
#define CIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What became of a call.
typedef enum cimage_status {
    CIMAGE_OK = 0,
    /// There are no bytes at all.
    CIMAGE_EMPTY,
    /// The bytes are no picture that this library knows by name.
    CIMAGE_UNRECOGNISED,
    /// A known kind of file, or a known variant of a format, that this library does not read.
    CIMAGE_UNSUPPORTED,
    /// The bytes end before the picture does.
    CIMAGE_TRUNCATED,
    /// The bytes contradict their format.
    CIMAGE_CORRUPT,
    /// More pixels than the caller allows, or more work than a picture of that size can need.
    CIMAGE_TOO_LARGE,
    /// The system gave no memory.
    CIMAGE_OUT_OF_MEMORY,
    /// The caller's arguments make no sense together.
    CIMAGE_INVALID_ARGUMENT,
} cimage_status;

/// The formats that can be read.
typedef enum cimage_format {
    CIMAGE_FORMAT_NONE = 0,
    CIMAGE_FORMAT_JPEG,
    CIMAGE_FORMAT_PNG,
    CIMAGE_FORMAT_WEBP,
} cimage_format;

enum { CIMAGE_MESSAGE_CAPACITY = 256 };

/// Why a call failed: a status, and one line of text, in lower case and without a full stop.
typedef struct cimage_error {
    cimage_status status;
    char message[CIMAGE_MESSAGE_CAPACITY];
} cimage_error;

/// What the header of a picture says.
typedef struct cimage_info {
    cimage_format format;
    int32_t width;
    int32_t height;
    /// EXIF orientation, 1 to 8; 1 (upright) where the file gives none or nonsense.
    int32_t orientation;
} cimage_info;

// MARK: Decoding

/// The format of a file, told by its first bytes (64 are enough), never by its name. If it is none that can be read,
/// `error`, if not NULL, says what the bytes look like instead.
cimage_format cimage_detect(const uint8_t *bytes, size_t count, cimage_error *error);

/// A picture whose header has been read.
typedef struct cimage_decoder cimage_decoder;

/// Recognises the format by its content and reads the header. Nothing of the size of the picture is allocated yet.
///
/// The bytes must stay alive and unchanged until the decoder is closed. On success `*decoder` must be closed with
/// `cimage_decoder_close`; on failure it is NULL and `error`, if not NULL, says why. A picture of more than
/// `maximum_pixels` pixels is refused.
cimage_status cimage_decoder_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels,
                                  cimage_decoder **decoder, cimage_info *info, cimage_error *error);

/// Decodes the pixels, once, into `pixels`: width * height * 3 bytes, rows from the top, not yet turned upright.
///
/// The pixels equal those of Pillow's `Image.open(file).convert("RGB")`: JPEG with the accurate integer DCT and
/// smooth chroma upsampling, CMYK by Pillow's formula; alpha dropped, not blended; 16 bits cut to their high byte
/// (where Pillow, for 16-bit grey alone, clips to white); of an animation the first frame.
cimage_status cimage_decoder_read_rgb(cimage_decoder *decoder, uint8_t *pixels, size_t capacity, cimage_error *error);

/// Has a JPEG decoded at `eighths` (1 to 8) eighths of its size, which costs less than decoding the whole; each side is
/// rounded up. Must come before the pixels are read. `*info` becomes the picture as it will be read: other formats stay
/// as they are.
cimage_status cimage_decoder_set_scale(cimage_decoder *decoder, int32_t eighths, cimage_info *info,
                                       cimage_error *error);

/// The most bytes of memory that decoding takes, as the header says: the codec's own, and the pixels where they are all
/// in memory at once. They always are for `cimage_decoder_read_rgb` (`whole`), and for `cimage_decoder_draw_rgb` where a
/// picture cannot be read row by row. A scale must have been set before.
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

/// Pillow's filters of these names.
typedef enum cimage_filter {
    CIMAGE_BILINEAR = 0,
    CIMAGE_BICUBIC,
} cimage_filter;

/// Resizing of a picture to `full_width` x `full_height`, of which only `window` is wanted.
typedef struct cimage_resizing {
    cimage_filter filter;
    /// The picture's pixels.
    int32_t source_width;
    int32_t source_height;
    /// The box of the picture that is resized, in pixels: 0, 0, source_width, source_height for all of it. A picture
    /// that was decoded at a scale may need a fraction of its outermost pixels.
    double x;
    double y;
    double width;
    double height;
    int32_t full_width;
    int32_t full_height;
    /// The wanted part of the resized picture; must lie within it.
    cimage_rectangle window;
} cimage_resizing;

/// Bytes of scratch memory that `cimage_resize_rgb` wants for this resizing, or 0 if the sizes make no sense.
size_t cimage_resize_workspace_size(const cimage_resizing *resizing);

/// Pillow's antialiased resize on packed 8-bit RGB, bit for bit; only `window` of the result is computed.
///
/// `source` is source_height rows of source_width pixels, `source_stride` bytes apart; the wanted rectangle is
/// written to `destination`, rows `destination_stride` bytes apart. `workspace` is scratch memory aligned to 16.
cimage_status cimage_resize_rgb(const cimage_resizing *resizing, const uint8_t *source, size_t source_stride,
                                uint8_t *destination, size_t destination_stride, void *workspace,
                                size_t workspace_size);

/// Decodes, once, and resizes in one go: as `cimage_decoder_read_rgb`, then `cimage_resize_rgb` on the rectangle `part`
/// of the picture, of resizing->source_width x resizing->source_height pixels.
///
/// Of most JPEGs only the pixels that the window needs are made, and no more than a few rows of them are in memory at a
/// time. The file is read to its end all the same: what `cimage_decoder_read_rgb` refuses is refused, though the
/// destination may have been written to by then.
cimage_status cimage_decoder_draw_rgb(cimage_decoder *decoder, const cimage_rectangle *part,
                                      const cimage_resizing *resizing, uint8_t *destination,
                                      size_t destination_stride, cimage_error *error);

/// Mirrors each row of packed RGB in place.
void cimage_flip_rgb(uint8_t *pixels, int32_t width, int32_t height, size_t stride);

/// Turns a packed RGB picture upside down, row by row, in place.
void cimage_flip_rows_rgb(uint8_t *pixels, int32_t width, int32_t height, size_t stride);

/// Gives all pixels one colour.
void cimage_fill_rgb(const uint8_t color[3], uint8_t *pixels, int32_t width, int32_t height, size_t stride);

/// What lies beyond the edges of a picture, as numpy's `pad` has it.
typedef enum cimage_border {
    /// The nearest pixel.
    CIMAGE_BORDER_EDGE = 0,
    /// A mirror through the middle of the outermost pixel: 3 2 | 1 2 3 4 | 3 2.
    CIMAGE_BORDER_REFLECT,
    /// A mirror at the edge: 2 1 | 1 2 3 4 | 4 3.
    CIMAGE_BORDER_SYMMETRIC,
} cimage_border;

/// Draws `window`, which may reach beyond the picture on all sides, into window->width * window->height * 3 bytes.
cimage_status cimage_pad_rgb(cimage_border border, const uint8_t *source, int32_t width, int32_t height,
                             const cimage_rectangle *window, uint8_t *destination);

/// How a picture is read between its pixels: Pillow's filters of these names where it does not resize, which average
/// over nothing.
typedef enum cimage_sampling {
    CIMAGE_SAMPLING_NEAREST = 0,
    CIMAGE_SAMPLING_BILINEAR,
    CIMAGE_SAMPLING_BICUBIC,
} cimage_sampling;

/// Where each pixel of a result comes from.
typedef struct cimage_warp {
    cimage_sampling sampling;
    /// Of the place (x, y), the middle of a pixel of the result, that in the picture is
    /// ((a x + b y + c) / w, (d x + e y + f) / w) with w = g x + h y + 1; in the order a to h.
    double coefficients[8];
    /// Whether w is 1, and g and h are not looked at.
    bool is_affine;
    /// The colour of what comes from beyond the picture.
    uint8_t fill[3];
} cimage_warp;

/// Pillow's `transform` by AFFINE or PERSPECTIVE on packed RGB, bit for bit. `destination` has width * height * 3
/// bytes.
cimage_status cimage_warp_rgb(const cimage_warp *warp, const uint8_t *source, int32_t source_width,
                              int32_t source_height, uint8_t *destination, int32_t width, int32_t height);

/// Turns a packed RGB picture upright as its EXIF orientation (1 to 8) asks. From 5 on width and height change places.
/// `destination` has width * height * 3 bytes and must not overlap the source.
cimage_status cimage_orient_rgb(const uint8_t *source, int32_t width, int32_t height, int32_t orientation,
                                uint8_t *destination);

// MARK: Colour

// Pillow's numbers, bit for bit and the same on every processor. What has no destination works in place. `count` is
// that of pixels where the name ends in "rgb", and of bytes elsewhere.

/// Blends with black: at 0 it is black, at 1 it stays, beyond it is brighter and clipped (ImageEnhance.Brightness).
void cimage_adjust_brightness_rgb(uint8_t *pixels, size_t count, float factor);

/// Blends with the mean grey (ImageEnhance.Contrast).
void cimage_adjust_contrast_rgb(uint8_t *pixels, size_t count, float factor);

/// Blends each pixel with its own grey (ImageEnhance.Color).
void cimage_adjust_saturation_rgb(uint8_t *pixels, size_t count, float factor);

/// Adds `shift` to the hue, in 256ths of the circle, through Pillow's 8-bit HSV.
void cimage_shift_hue_rgb(uint8_t *pixels, size_t count, uint8_t shift);

/// Makes each channel the grey of ITU-R 601-2.
void cimage_make_grey_rgb(uint8_t *pixels, size_t count);

/// Each byte's opposite (ImageOps.invert).
void cimage_invert(uint8_t *bytes, size_t count);

/// Keeps the `bits` (0 to 8) highest bits of each byte (ImageOps.posterize).
void cimage_posterize(uint8_t *bytes, size_t count, int32_t bits);

/// Inverts each byte that is at least the threshold (ImageOps.solarize).
void cimage_solarize(uint8_t *bytes, size_t count, double threshold);

/// Spreads each channel's values so that each comes as often as any (ImageOps.equalize).
void cimage_equalize_rgb(uint8_t *pixels, size_t count);

/// Stretches each channel from its lowest and highest value to 0 and 255 (ImageOps.autocontrast).
void cimage_autocontrast_rgb(uint8_t *pixels, size_t count);

/// Adds `weight` times each byte to its sum.
void cimage_mix_in(const uint8_t *bytes, size_t count, float weight, float *sums);

/// The sums as bytes, clipped, their fractions cut off.
void cimage_mix_out(const float *sums, size_t count, uint8_t *bytes);

/// Blends with the smoothed picture: at 0 it is smooth, at 1 it stays, beyond it is sharper (ImageEnhance.Sharpness).
/// `destination` must not overlap the source.
void cimage_adjust_sharpness_rgb(const uint8_t *source, int32_t width, int32_t height, float factor,
                                 uint8_t *destination);

/// Bytes of scratch memory that `cimage_blur_rgb` wants for a kernel of so many taps across.
size_t cimage_blur_workspace_size(int32_t width, int32_t taps);

/// Weighs each pixel's neighbourhood down and across, with odd numbers of taps; at the edges the picture is mirrored.
/// Sums are floats, rounded half to even in the end. `destination` must not overlap the source; `workspace` is scratch
/// memory aligned to 16.
void cimage_blur_rgb(const uint8_t *source, int32_t width, int32_t height, const float *across, int32_t taps_across,
                     const float *down, int32_t taps_down, uint8_t *destination, void *workspace);

// MARK: Encoding

/// Writes packed RGB as a PNG. On success `*bytes` is freed with `cimage_free`.
cimage_status cimage_encode_png(const uint8_t *pixels, int32_t width, int32_t height, uint8_t **bytes, size_t *count,
                                cimage_error *error);

/// Writes packed RGB as a JPEG of this quality, 1 to 100 as libjpeg counts. On success `*bytes` is freed with
/// `cimage_free`.
cimage_status cimage_encode_jpeg(const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **bytes,
                                 size_t *count, cimage_error *error);

/// Frees what this library allocated for the caller. NULL is allowed.
void cimage_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
