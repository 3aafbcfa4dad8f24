// TIFF with libtiff, which decodes strips and tiles; the samples are converted here, as Pillow does (see its
// TiffImagePlugin.py and src/libImaging/{TiffDecode,Unpack}.c). TIFF 6.0; the first page of several.

#include "Internal.h"
#include "Library.h"
#include "TIFFSamples.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /// Files with more samples per pixel are no photos but measurements.
    maximum_samples = 16,
    /// A tile or strip may be larger than a small image, up to this number of bytes.
    small_block = 64 << 20,
};

typedef struct tiff_state {
    const cimage_tiff_functions *library;
    TIFF *file;
    const uint8_t *bytes;
    uint64_t count;
    uint64_t position;
    /// Whether libtiff asked for bytes beyond the end.
    bool ran_out;
    bool has_lost_palette;
    bool has_undeclared_samples;
    /// The first error of libtiff since the last call.
    char reason[160];

    uint32_t width;
    uint32_t height;
    cimage_tiff_layout layout;
    uint16_t compression;
    bool is_tiled;
    /// The pixels of a strip or tile.
    uint32_t block_width;
    uint32_t block_height;
    /// The bytes of a strip or tile, of one plane.
    uint64_t block_bytes;
    cimage_error *error;
} tiff_state;

// MARK: The file

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t size) {
    tiff_state *state = handle;
    uint64_t left = state->position < state->count ? state->count - state->position : 0;
    uint64_t wanted = size < 0 ? 0 : (uint64_t)size;
    state->ran_out = state->ran_out || wanted > left;
    uint64_t available = wanted < left ? wanted : left;
    if (available > 0) {
        memcpy(target, state->bytes + state->position, available);
        state->position += available;
    }
    return (tmsize_t)available;
}

static tmsize_t write_bytes(thandle_t handle, void *source, tmsize_t size) {
    (void)handle, (void)source, (void)size;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    tiff_state *state = handle;
    uint64_t base = whence == SEEK_CUR ? state->position : whence == SEEK_END ? state->count : 0;
    state->position = base + offset;
    return state->position;
}

static int close_file(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of_file(thandle_t handle) {
    const tiff_state *state = handle;
    return state->count;
}

/// Keeps the first error: later ones are its consequences.
__attribute__((format(printf, 4, 0))) static int on_error(TIFF *file, void *user, const char *module,
                                                          const char *format, va_list arguments) {
    (void)file, (void)module;
    tiff_state *state = user;
    if (state->reason[0] == 0) {
        vsnprintf(state->reason, sizeof state->reason, format, arguments);
        cimage_make_plain(state->reason);
    }
    return 1;
}

/// libtiff takes indices without a palette for gray, so an unreadable palette is noted. It declares samples that the
/// file does not, which is noted too.
__attribute__((format(printf, 4, 0))) static int on_warning(TIFF *file, void *user, const char *module,
                                                            const char *format, va_list arguments) {
    (void)file, (void)module;
    tiff_state *state = user;
    char warning[256];
    vsnprintf(warning, sizeof warning, format, arguments);
    state->has_lost_palette = state->has_lost_palette || strstr(warning, "\"ColorMap\"") != NULL;
    state->has_undeclared_samples =
        state->has_undeclared_samples || strstr(warning, "Defining non-color channels as ExtraSamples") != NULL;
    return 1;
}

static cimage_status fail_damaged(const tiff_state *state, cimage_error *error) {
    const char *reason = state->reason[0] != 0 ? state->reason : "libtiff gives no reason";
    if (state->ran_out) {
        return cimage_fail(error, CIMAGE_TRUNCATED, "the TIFF file is truncated: it ends after %llu bytes (%s)",
                           (unsigned long long)state->count, reason);
    }
    return cimage_fail(error, CIMAGE_CORRUPT, "the TIFF data are damaged: %s", reason);
}

/// Opens the file and reads its first directory.
static cimage_status open_file(tiff_state *state, uint64_t maximum_pixels, cimage_error *error) {
    const cimage_tiff_functions *library = state->library;
    TIFFOpenOptions *options = library->OpenOptionsAlloc();
    if (options == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    // The checks below are stricter; this one is for tags.
    uint64_t largest = maximum_pixels < UINT64_MAX / 64 ? maximum_pixels * 16 : UINT64_MAX / 4;
    largest = largest < small_block ? small_block : largest > PTRDIFF_MAX ? PTRDIFF_MAX : largest;
    library->OpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)largest);
    library->OpenOptionsSetErrorHandlerExtR(options, on_error, state);
    library->OpenOptionsSetWarningHandlerExtR(options, on_warning, state);
    state->file = library->ClientOpenExt("image", "rm", state, read_bytes, write_bytes, seek, close_file, size_of_file,
                                         NULL, NULL, options);
    library->OpenOptionsFree(options);
    return state->file != NULL ? CIMAGE_OK : fail_damaged(state, error);
}

// MARK: The header

static cimage_status check_compression(tiff_state *state, cimage_error *error) {
    state->library->GetFieldDefaulted(state->file, TIFFTAG_COMPRESSION, &state->compression);
    if (state->library->IsCODECConfigured(state->compression)) {
        return CIMAGE_OK;
    }
    const char *name = cimage_tiff_compression_name(state->compression);
    return name != NULL ? cimage_fail(error, CIMAGE_UNSUPPORTED,
                                      "the TIFF file is compressed with %s, which the installed libtiff cannot decode",
                                      name)
                        : cimage_fail(error, CIMAGE_UNSUPPORTED,
                                      "the TIFF file has the unknown compression %u", (unsigned)state->compression);
}

/// Raw files of cameras are TIFFs whose first page is a preview or needs a camera's color conversion.
static cimage_status check_camera(tiff_state *state, cimage_error *error) {
    const cimage_tiff_functions *library = state->library;
    const uint8_t *version = NULL;
    uint32_t kind = 0;
    uint16_t pages = 0;
    const uint64_t *offsets = NULL;
    bool is_canon = state->count >= 10 && memcmp(state->bytes + 8, "CR", 2) == 0;
    bool is_dng = library->GetField(state->file, TIFFTAG_DNGVERSION, &version) == 1;
    bool is_preview = library->GetField(state->file, TIFFTAG_SUBFILETYPE, &kind) == 1
        && (kind & FILETYPE_REDUCEDIMAGE) != 0
        && library->GetField(state->file, TIFFTAG_SUBIFD, &pages, &offsets) == 1 && pages > 0;
    return !is_canon && !is_dng && !is_preview
        ? CIMAGE_OK
        : cimage_fail(error, CIMAGE_UNSUPPORTED,
                      "this is a camera's raw file (such as DNG, CR2, NEF or ARW); " CIMAGE_FORMATS " are supported");
}

static cimage_status fail_kind(cimage_error *error, const char *what) {
    return cimage_fail(error, CIMAGE_UNSUPPORTED, "a TIFF file with %s is not supported", what);
}

static cimage_status fail_samples(const tiff_state *state, const char *model, cimage_error *error) {
    static const char *const kinds[] = {"", "unsigned", "signed", "floating-point"};
    return cimage_fail(error, CIMAGE_UNSUPPORTED, "a TIFF file with %s samples of %u bits, %s, is not supported", model,
                       state->layout.bits, kinds[state->layout.samples]);
}

/// The palette's 16-bit values reduced to their high bytes.
static cimage_status read_palette(tiff_state *state, cimage_error *error) {
    uint16_t *red = NULL;
    uint16_t *green = NULL;
    uint16_t *blue = NULL;
    if (state->library->GetField(state->file, TIFFTAG_COLORMAP, &red, &green, &blue) != 1 || red == NULL
        || green == NULL || blue == NULL) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the TIFF file has palette indices but no palette");
    }
    for (uint32_t i = 0; i < 1u << state->layout.bits; i++) {
        state->layout.palette[i][0] = (uint8_t)(red[i] >> 8);
        state->layout.palette[i][1] = (uint8_t)(green[i] >> 8);
        state->layout.palette[i][2] = (uint8_t)(blue[i] >> 8);
    }
    return CIMAGE_OK;
}

/// The tags that describe the samples.
typedef struct tiff_tags {
    uint16_t photometric;
    uint16_t bits;
    uint16_t samples;
    uint16_t samples_per_pixel;
    uint16_t planar;
    /// The samples beyond those of the color, as far as they are declared, and the meaning of the first.
    uint16_t extra_count;
    uint16_t extra;
} tiff_tags;

static tiff_tags read_tags(const tiff_state *state) {
    const cimage_tiff_functions *library = state->library;
    tiff_tags tags = {PHOTOMETRIC_MINISWHITE, 1, SAMPLEFORMAT_UINT, 1, PLANARCONFIG_CONTIG, 0, EXTRASAMPLE_UNSPECIFIED};
    uint16_t photometric = 0;
    const uint16_t *extra = NULL;
    if (state->compression == COMPRESSION_OJPEG) {
        tags.photometric = PHOTOMETRIC_YCBCR;
    } else if (library->GetField(state->file, TIFFTAG_PHOTOMETRIC, &photometric) == 1) {
        tags.photometric = photometric;
    }
    library->GetFieldDefaulted(state->file, TIFFTAG_BITSPERSAMPLE, &tags.bits);
    library->GetFieldDefaulted(state->file, TIFFTAG_SAMPLEFORMAT, &tags.samples);
    library->GetFieldDefaulted(state->file, TIFFTAG_SAMPLESPERPIXEL, &tags.samples_per_pixel);
    library->GetFieldDefaulted(state->file, TIFFTAG_PLANARCONFIG, &tags.planar);
    if (library->GetFieldDefaulted(state->file, TIFFTAG_EXTRASAMPLES, &tags.extra_count, &extra) != 1
        || extra == NULL) {
        tags.extra_count = 0;
    }
    tags.extra = tags.extra_count > 0 ? extra[0] : EXTRASAMPLE_UNSPECIFIED;
    return tags;
}

/// The model of YCbCr. libjpeg converts it itself, with its smooth chroma upsampling.
static tiff_model model_of_ycbcr(const tiff_state *state, const tiff_tags *tags) {
    if (tags->samples_per_pixel == 1 && state->compression != COMPRESSION_OJPEG) {
        return model_gray;
    }
    if (state->compression == COMPRESSION_JPEG && tags->planar == PLANARCONFIG_CONTIG) {
        state->library->SetField(state->file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        return model_rgb;
    }
    uint16_t across = 2;
    uint16_t down = 2;
    state->library->GetFieldDefaulted(state->file, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    return state->compression == COMPRESSION_NONE && across == 1 && down == 1 ? model_ycbcr : model_converted;
}

static cimage_status choose_model(tiff_state *state, const tiff_tags *tags, cimage_error *error) {
    switch (tags->photometric) {
    case PHOTOMETRIC_MINISWHITE:
        // As in Pillow, which inverts neither 16 bits nor floats.
        state->layout.is_inverted = tags->bits < 16;
        state->layout.model = model_gray;
        return CIMAGE_OK;
    case PHOTOMETRIC_MINISBLACK: state->layout.model = model_gray; return CIMAGE_OK;
    case PHOTOMETRIC_RGB: state->layout.model = model_rgb; return CIMAGE_OK;
    case PHOTOMETRIC_PALETTE: state->layout.model = model_palette; return CIMAGE_OK;
    case PHOTOMETRIC_SEPARATED: state->layout.model = model_cmyk; return CIMAGE_OK;
    case PHOTOMETRIC_YCBCR: state->layout.model = model_of_ycbcr(state, tags); return CIMAGE_OK;
    case PHOTOMETRIC_MASK: return fail_kind(error, "a transparency mask as its first page");
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB: return fail_kind(error, "Lab colors");
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV: return fail_kind(error, "logarithmic luminance (LogL, LogLuv)");
    case PHOTOMETRIC_CFA:
    case 34892: return fail_kind(error, "a camera's raw pixels");
    default:
        return cimage_fail(error, CIMAGE_UNSUPPORTED,
                           "a TIFF file with the photometric interpretation %u is not supported", tags->photometric);
    }
}

/// Finds the way to RGB, or refuses.
static cimage_status find_model(tiff_state *state, cimage_info *info, cimage_error *error) {
    static const char *const names[] = {"gray", "RGB", "palette", "CMYK", "YCbCr", "YCbCr"};
    tiff_tags tags = read_tags(state);
    if (tags.samples == SAMPLEFORMAT_COMPLEXINT || tags.samples == SAMPLEFORMAT_COMPLEXIEEEFP) {
        return fail_kind(error, "complex numbers");
    }
    if (tags.samples_per_pixel == 0 || tags.samples_per_pixel > maximum_samples) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED,
                           "a TIFF file with %u samples per pixel is not supported: at most %d are",
                           tags.samples_per_pixel, maximum_samples);
    }
    if (state->has_lost_palette) {
        snprintf(state->reason, sizeof state->reason, "the palette cannot be read");
        return fail_damaged(state, error);
    }
    bool is_known = tags.samples == SAMPLEFORMAT_INT || tags.samples == SAMPLEFORMAT_IEEEFP;
    state->layout.samples = is_known ? (tiff_samples)tags.samples : samples_unsigned;
    state->layout.bits = tags.bits;
    state->layout.samples_per_pixel = tags.samples_per_pixel;
    state->layout.is_planar = tags.planar == PLANARCONFIG_SEPARATE && tags.samples_per_pixel > 1;
    cimage_status status = choose_model(state, &tags, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    uint32_t bands = cimage_tiff_bands(state->layout.model);
    if (!cimage_tiff_can_convert(&state->layout, tags.photometric == PHOTOMETRIC_YCBCR)) {
        return fail_samples(state, names[state->layout.model], error);
    }
    if (tags.samples_per_pixel < bands && state->layout.model != model_converted) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the TIFF file has %u samples per pixel; %s needs %u",
                           tags.samples_per_pixel, names[state->layout.model], bands);
    }
    bool has_more = tags.samples_per_pixel > bands;
    bool is_multiplied = tags.extra == EXTRASAMPLE_ASSOCALPHA;
    // RGB with an undeclared fourth sample has alpha.
    bool is_undeclared = (tags.extra_count == 0 || state->has_undeclared_samples) && state->layout.model == model_rgb
        && tags.samples_per_pixel == 4;
    info->has_alpha = has_more && (is_multiplied || tags.extra == EXTRASAMPLE_UNASSALPHA || is_undeclared);
    state->layout.is_premultiplied = has_more && is_multiplied && (tags.bits == 8 || tags.bits == 16)
        && (state->layout.model == model_rgb || state->layout.model == model_gray);
    info->color = cimage_tiff_color(state->layout.model);
    info->bit_depth = tags.bits;
    return state->layout.model == model_palette ? read_palette(state, error) : CIMAGE_OK;
}

/// Finds the strips or tiles and checks that the file can hold the image, before anything of that size is allocated.
static cimage_status find_blocks(tiff_state *state, cimage_error *error) {
    const cimage_tiff_functions *library = state->library;
    state->is_tiled = library->IsTiled(state->file) != 0;
    if (state->is_tiled) {
        library->GetField(state->file, TIFFTAG_TILEWIDTH, &state->block_width);
        library->GetField(state->file, TIFFTAG_TILELENGTH, &state->block_height);
        state->block_bytes = library->TileSize64(state->file);
    } else {
        library->GetFieldDefaulted(state->file, TIFFTAG_ROWSPERSTRIP, &state->block_height);
        state->block_width = state->width;
        state->block_height = state->block_height < state->height ? state->block_height : state->height;
        state->block_bytes = library->VStripSize64(state->file, state->block_height);
    }
    uint64_t planes = state->layout.is_planar ? 1 : state->layout.samples_per_pixel;
    uint64_t row = ((uint64_t)state->block_width * planes * state->layout.bits + 7) / 8;
    if (state->block_width == 0 || state->block_height == 0 || state->block_bytes == 0) {
        return fail_damaged(state, error);
    }
    // libtiff's own count of bytes must agree with ours. Subsampled chroma needs fewer.
    if (state->layout.model != model_converted && state->block_bytes / state->block_height < row) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the TIFF file's strips or tiles have an unexpected size");
    }
    uint64_t image_row = ((uint64_t)state->width * state->layout.samples_per_pixel * state->layout.bits + 7) / 8;
    uint64_t image = image_row * state->height;
    uint64_t limit = image > small_block / 2 ? image * 2 : small_block;
    if (state->block_bytes > limit || (uint64_t)state->block_width * state->block_height > limit) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the TIFF file's tiles of %u x %u pixels are too large for its image",
                           state->block_width, state->block_height);
    }
    uint64_t ratio = cimage_tiff_compression_ratio(state->compression);
    if (ratio > 0 && state->layout.model != model_converted && image / ratio > state->count) {
        return cimage_fail_too_few(error, "TIFF", (size_t)state->count, state->width, state->height);
    }
    return CIMAGE_OK;
}

/// As in Pillow, XMP counts only if the tag is missing.
static void read_orientation(tiff_state *state, cimage_info *info) {
    uint16_t orientation = 1;
    uint32_t count = 0;
    const uint8_t *packet = NULL;
    info->is_orientation_inherent = true;
    if (state->library->GetField(state->file, TIFFTAG_ORIENTATION, &orientation) == 1) {
        info->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    } else if (state->library->GetField(state->file, TIFFTAG_XMLPACKET, &count, &packet) == 1 && packet != NULL) {
        int32_t value = cimage_xmp_orientation(packet, count);
        info->orientation = value > 0 ? value : 1;
    }
}

static void tiff_close(void *opaque) {
    tiff_state *state = opaque;
    if (state->file != NULL) {
        state->library->Close(state->file);
    }
    free(state);
}

static cimage_status read_header(tiff_state *state, uint64_t maximum_pixels, cimage_info *info, cimage_error *error) {
    cimage_status status = open_file(state, maximum_pixels, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    if (state->library->GetField(state->file, TIFFTAG_IMAGEWIDTH, &state->width) != 1
        || state->library->GetField(state->file, TIFFTAG_IMAGELENGTH, &state->height) != 1) {
        return cimage_fail(error, CIMAGE_CORRUPT, "the TIFF file has no width or no height");
    }
    status = cimage_check_size(state->width, state->height, maximum_pixels, error);
    status = status == CIMAGE_OK ? check_camera(state, error) : status;
    status = status == CIMAGE_OK ? check_compression(state, error) : status;
    status = status == CIMAGE_OK ? find_model(state, info, error) : status;
    status = status == CIMAGE_OK ? find_blocks(state, error) : status;
    if (status != CIMAGE_OK) {
        return status;
    }
    // The size that libtiff wants.
    char reason[1024] = "";
    if (state->layout.model == model_converted && !state->library->RGBAImageOK(state->file, reason)) {
        return fail_kind(error, "this kind of YCbCr");
    }
    info->width = (int32_t)state->width;
    info->height = (int32_t)state->height;
    info->has_more_frames = !state->library->LastDirectory(state->file);
    read_orientation(state, info);
    return CIMAGE_OK;
}

static cimage_status tiff_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                               cimage_info *info, cimage_error *error) {
    const cimage_tiff_functions *library = cimage_tiff_library(error);
    if (library == NULL) {
        return CIMAGE_UNSUPPORTED;
    }
    tiff_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->library = library;
    state->bytes = bytes;
    state->count = count;
    cimage_status status = read_header(state, maximum_pixels, info, error);
    if (status != CIMAGE_OK) {
        tiff_close(state);
        return status;
    }
    *result = state;
    return CIMAGE_OK;
}

// MARK: Pixels

/// The planes that are needed: those of the colors, and of alpha if the colors were multiplied by it.
static uint32_t needed_planes(const tiff_state *state) {
    uint32_t bands = cimage_tiff_bands(state->layout.model);
    return state->layout.is_planar ? bands + (state->layout.is_premultiplied ? 1 : 0) : 1;
}

/// Decodes the strip or tile whose corner is x, y into `block`, plane after plane.
static cimage_status read_block(tiff_state *state, uint32_t x, uint32_t y, uint64_t bytes, uint8_t *block) {
    const cimage_tiff_functions *library = state->library;
    for (uint32_t plane = 0; plane < needed_planes(state); plane++) {
        uint8_t *target = block + plane * state->block_bytes;
        tmsize_t read = state->is_tiled
            ? library->ReadEncodedTile(state->file, library->ComputeTile(state->file, x, y, 0, (uint16_t)plane), target,
                                       (tmsize_t)bytes)
            : library->ReadEncodedStrip(state->file, library->ComputeStrip(state->file, y, (uint16_t)plane), target,
                                        (tmsize_t)bytes);
        if (read < 0 || (uint64_t)read < bytes) {
            return fail_damaged(state, state->error);
        }
    }
    return CIMAGE_OK;
}

/// The bytes of the samples of a row, before they become colors. Tiles may be wider than the image.
static uint64_t scratch_bytes(const tiff_state *state) {
    uint64_t columns = state->block_width < state->width ? state->block_width : state->width;
    return columns * (CIMAGE_TIFF_MAXIMUM_BANDS + 1);
}

static cimage_status read_converted_samples(tiff_state *state, uint8_t *pixels) {
    uint64_t row_bytes = state->is_tiled ? state->library->TileRowSize64(state->file)
                                         : state->library->ScanlineSize64(state->file);
    uint64_t needed = state->block_bytes * needed_planes(state);
    uint8_t *block = calloc(1, needed + scratch_bytes(state));
    if (block == NULL) {
        return cimage_fail(state->error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    uint8_t *scratch = block + needed;
    cimage_status status = CIMAGE_OK;
    for (uint64_t y = 0; y < state->height && status == CIMAGE_OK; y += state->block_height) {
        uint32_t rows = state->height - y < state->block_height ? (uint32_t)(state->height - y) : state->block_height;
        // The last strip is short, all tiles are whole.
        uint64_t bytes = state->is_tiled ? state->block_bytes : row_bytes * rows;
        for (uint64_t x = 0; x < state->width && status == CIMAGE_OK; x += state->block_width) {
            uint32_t columns = state->block_width;
            columns = state->width - x < columns ? (uint32_t)(state->width - x) : columns;
            status = read_block(state, (uint32_t)x, (uint32_t)y, bytes, block);
            for (uint32_t row = 0; row < rows && status == CIMAGE_OK; row++) {
                const uint8_t *planes[CIMAGE_TIFF_MAXIMUM_BANDS] = {NULL};
                for (uint32_t plane = 0; plane < needed_planes(state); plane++) {
                    planes[plane] = block + plane * state->block_bytes + row * row_bytes;
                }
                uint8_t *target = pixels + ((y + row) * state->width + x) * 3;
                cimage_tiff_convert_row(&state->layout, planes, columns, scratch, target);
            }
        }
    }
    free(block);
    return status;
}

/// Lets libtiff convert YCbCr, as Pillow does.
static cimage_status read_ycbcr(tiff_state *state, uint8_t *pixels) {
    uint32_t *block = calloc((size_t)state->block_width * state->block_height, sizeof *block);
    if (block == NULL) {
        return cimage_fail(state->error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    // Rows come from the bottom up, as libtiff gives them without a turn.
    state->library->SetField(state->file, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    cimage_status status = CIMAGE_OK;
    for (uint64_t y = 0; y < state->height && status == CIMAGE_OK; y += state->block_height) {
        uint32_t rows = state->height - y < state->block_height ? (uint32_t)(state->height - y) : state->block_height;
        for (uint64_t x = 0; x < state->width && status == CIMAGE_OK; x += state->block_width) {
            uint32_t columns = state->block_width;
            columns = state->width - x < columns ? (uint32_t)(state->width - x) : columns;
            int done = state->is_tiled
                ? state->library->ReadRGBATileExt(state->file, (uint32_t)x, (uint32_t)y, block, 1)
                : state->library->ReadRGBAStripExt(state->file, (uint32_t)y, block, 1);
            if (done != 1) {
                status = fail_damaged(state, state->error);
                break;
            }
            for (uint32_t row = 0; row < rows; row++) {
                // Tiles are filled from the bottom of the whole tile, strips from the bottom of their rows.
                uint32_t from = (state->is_tiled ? state->block_height : rows) - 1 - row;
                const uint32_t *source = block + (size_t)from * state->block_width;
                uint8_t *target = pixels + ((y + row) * state->width + x) * 3;
                for (uint32_t column = 0; column < columns; column++, target += 3) {
                    target[0] = (uint8_t)TIFFGetR(source[column]);
                    target[1] = (uint8_t)TIFFGetG(source[column]);
                    target[2] = (uint8_t)TIFFGetB(source[column]);
                }
            }
        }
    }
    free(block);
    return status;
}

static cimage_status tiff_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    tiff_state *state = opaque;
    state->error = error;
    state->reason[0] = 0;
    state->ran_out = false;
    return state->layout.model == model_converted ? read_ycbcr(state, pixels) : read_converted_samples(state, pixels);
}

/// A strip or tile decoded, the same compressed, and the codec's own.
static uint64_t tiff_memory(const void *opaque) {
    const tiff_state *state = opaque;
    uint64_t block = state->block_bytes * needed_planes(state) + scratch_bytes(state);
    uint64_t pixels = (uint64_t)state->block_width * state->block_height;
    if (state->layout.model == model_converted) {
        // The decoded strip inside libtiff, and its pixels in 4 bytes.
        block += pixels * 4;
    }
    if (state->compression == COMPRESSION_JPEG || state->compression == COMPRESSION_OJPEG) {
        // Coefficients of progressive files are in memory as a whole, 2 bytes each.
        block += pixels * (state->layout.is_planar ? 1 : state->layout.samples_per_pixel) * 2;
    }
    uint32_t count = state->is_tiled ? state->library->NumberOfTiles(state->file)
                                     : state->library->NumberOfStrips(state->file);
    uint64_t compressed = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bytes = state->library->GetStrileByteCount(state->file, i);
        compressed = bytes > compressed ? bytes : compressed;
    }
    compressed = compressed < state->count ? compressed : state->count;
    return block + compressed * 2 + (uint64_t)count * 16 + (1 << 20);
}

const cimage_codec cimage_tiff_codec = {tiff_open, tiff_read_rgb, tiff_close, tiff_memory};
