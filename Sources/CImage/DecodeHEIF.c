// HEIC and other images in HEIF, and AVIF, with libheif. The values for the limits are read from the boxes first.
//
// libheif crops, turns and mirrors HEIC, as pillow-heif has it do. AVIF is decoded as stored, as in Pillow, whose
// plugin gives the turn and mirror as the EXIF orientation and ignores the crop.

#include "HEIFBoxes.h"
#include "Internal.h"
#include "Library.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct heif_state {
    const cimage_heif_functions *library;
    const uint8_t *bytes;
    size_t count;
    cimage_heif_outline outline;
    /// The size of the decoded image.
    uint32_t width;
    uint32_t height;
} heif_state;

/// Reports an error of libheif.
static cimage_status fail(struct heif_error failure, size_t count, cimage_error *error) {
    char reason[160] = "libheif gives no reason";
    if (failure.message != NULL) {
        strncpy(reason, failure.message, sizeof reason - 1);
    }
    cimage_make_plain(reason);
    if (failure.subcode == heif_suberror_Security_limit_exceeded) {
        return cimage_fail(error, CIMAGE_TOO_LARGE, "the HEIF file contains more than its header declares: %s", reason);
    }
    if (failure.code == heif_error_Memory_allocation_error) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    if (failure.subcode == heif_suberror_End_of_data) {
        return cimage_fail(error, CIMAGE_TRUNCATED, "the HEIF file is truncated: it ends after %zu bytes (%s)", count,
                           reason);
    }
    if (failure.code == heif_error_Unsupported_filetype || failure.code == heif_error_Unsupported_feature) {
        return cimage_fail(error, CIMAGE_UNSUPPORTED, "the HEIF file has a feature that is not supported: %s", reason);
    }
    return cimage_fail(error, CIMAGE_CORRUPT, "the HEIF data are damaged: %s", reason);
}

/// Checks that libheif has a decoder: its decoders may be packages of their own.
static cimage_status check_decoder(const heif_state *state, cimage_error *error) {
    const cimage_heif_outline *outline = &state->outline;
    switch (outline->coding) {
    case CIMAGE_HEIF_HEVC:
        return state->library->have_decoder_for_format(heif_compression_HEVC)
            ? CIMAGE_OK
            : cimage_fail(error, CIMAGE_UNSUPPORTED,
                          "this is a HEIC file, for which the installed libheif has no decoder of HEVC (Debian: "
                          "libheif-plugin-libde265)");
    case CIMAGE_HEIF_AV1:
        return state->library->have_decoder_for_format(heif_compression_AV1)
            ? CIMAGE_OK
            : cimage_fail(error, CIMAGE_UNSUPPORTED,
                          "this is an AVIF file, for which the installed libheif has no decoder of AV1 (Debian: "
                          "libheif-plugin-dav1d)");
    default:
        return cimage_fail(error, CIMAGE_UNSUPPORTED,
                           "this is a HEIF file with an image of type %s; HEVC and AV1 are supported", outline->type);
    }
}

static cimage_status heif_open(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, void **result,
                               cimage_info *info, cimage_error *error) {
    cimage_heif_outline outline;
    cimage_status status = cimage_heif_read_outline(bytes, count, maximum_pixels, &outline, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    bool is_avif = outline.coding == CIMAGE_HEIF_AV1;
    const cimage_heif_functions *library = cimage_heif_library(is_avif ? "an AVIF" : "a HEIC", error);
    if (library == NULL) {
        return CIMAGE_UNSUPPORTED;
    }
    heif_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    state->library = library;
    state->bytes = bytes;
    state->count = count;
    state->outline = outline;
    state->width = is_avif ? outline.width : outline.final_width;
    state->height = is_avif ? outline.height : outline.final_height;
    status = check_decoder(state, error);
    if (status != CIMAGE_OK) {
        free(state);
        return status;
    }
    // The brand of the file may be the general one.
    info->format = is_avif ? CIMAGE_FORMAT_AVIF : CIMAGE_FORMAT_HEIF;
    info->width = (int32_t)state->width;
    info->height = (int32_t)state->height;
    info->orientation = is_avif ? outline.orientation : 1;
    info->is_orientation_inherent = !is_avif;
    info->color = outline.is_gray ? CIMAGE_COLOR_GRAY : CIMAGE_COLOR_RGB;
    info->has_alpha = outline.has_alpha;
    info->bit_depth = outline.bit_depth;
    info->has_more_frames = outline.has_more_frames;
    *result = state;
    return CIMAGE_OK;
}

static void heif_close(void *state) {
    free(state);
}

/// Copies pixels with alpha, which the colors may have been multiplied by.
static void copy_pixels(const uint8_t *source, uint8_t *target, uint32_t count, bool is_premultiplied) {
    for (uint32_t x = 0; x < count; x++, source += 4, target += 3) {
        uint32_t alpha = source[3];
        for (int channel = 0; channel < 3; channel++) {
            uint32_t value = source[channel];
            if (is_premultiplied && alpha < 255) {
                value = alpha == 0 ? 0 : (value * 255 + alpha / 2) / alpha;
            }
            target[channel] = (uint8_t)(value < 255 ? value : 255);
        }
    }
}

/// Copies the rows of a decoded image.
static cimage_status copy_rows(const heif_state *state, const struct heif_image *image, uint32_t channels,
                               bool is_premultiplied, uint8_t *pixels, cimage_error *error) {
    int stride = 0;
    const uint8_t *plane = state->library->image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    int width = state->library->image_get_width(image, heif_channel_interleaved);
    int height = state->library->image_get_height(image, heif_channel_interleaved);
    if (plane == NULL || width != (int)state->width || height != (int)state->height
        || stride < (int64_t)state->width * channels) {
        return cimage_fail(error, CIMAGE_CORRUPT,
                           "the HEIF data are damaged: the image has %d x %d pixels instead of %u x %u", width, height,
                           state->width, state->height);
    }
    for (uint32_t y = 0; y < state->height; y++) {
        const uint8_t *source = plane + (size_t)y * (size_t)stride;
        uint8_t *target = pixels + (size_t)y * state->width * 3;
        if (channels == 3) {
            memcpy(target, source, (size_t)state->width * 3);
        } else {
            copy_pixels(source, target, state->width, is_premultiplied);
        }
    }
    return CIMAGE_OK;
}

/// Decodes the primary image to 8 bits. Alpha is asked for where there is any, because libheif's conversion to RGB
/// depends on that.
static cimage_status decode(const heif_state *state, const struct heif_image_handle *handle, uint8_t *pixels,
                            cimage_error *error) {
    const cimage_heif_functions *library = state->library;
    struct heif_decoding_options *options = library->decoding_options_alloc();
    if (options == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    options->ignore_transformations = state->outline.coding == CIMAGE_HEIF_AV1;
    options->convert_hdr_to_8bit = 1;
    bool has_alpha = library->image_handle_has_alpha_channel(handle) != 0;
    struct heif_image *image = NULL;
    struct heif_error failure =
        library->decode_image(handle, &image, heif_colorspace_RGB,
                              has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options);
    library->decoding_options_free(options);
    if (failure.code != heif_error_Ok || image == NULL) {
        return fail(failure, state->count, error);
    }
    bool is_premultiplied = has_alpha && library->image_handle_is_premultiplied_alpha(handle) != 0;
    cimage_status status = copy_rows(state, image, has_alpha ? 4 : 3, is_premultiplied, pixels, error);
    library->image_release(image);
    return status;
}

// MARK: Resources

// The decoders need threads and memory. Without a thread libde265 waits forever, without memory libheif ends the
// process, and other failures look like damaged data.

enum { maximum_threads = 64 };

static void *return_at_once(void *context) {
    return context;
}

/// Whether the system grants this number of threads.
static bool can_start_threads(int count) {
    pthread_t threads[maximum_threads];
    int started = 0;
    while (started < count && pthread_create(&threads[started], NULL, return_at_once, NULL) == 0) {
        started++;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return started == count;
}

/// The threads that a decoder starts.
static int thread_count(const heif_state *state) {
    long processors = state->outline.coding == CIMAGE_HEIF_AV1 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
    return processors < 1 ? 1 : processors > maximum_threads ? maximum_threads : (int)processors;
}

/// The decoder's frames, twice, and the image as planes and as RGB with alpha. Samples of over 8 bits have 2 bytes.
static uint64_t heif_memory(const void *opaque) {
    const heif_state *state = opaque;
    uint64_t pixels = (uint64_t)state->outline.width * state->outline.height;
    uint64_t size = state->outline.bit_depth > 8 ? 2 : 1;
    return (state->outline.coded_pixels * 6 + pixels * 8) * size + (8 << 20);
}

static cimage_status check_threads(const heif_state *state, cimage_error *error) {
    return can_start_threads(thread_count(state))
        ? CIMAGE_OK
        : cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "the system has too few threads for the decoder of %s",
                      state->outline.coding == CIMAGE_HEIF_AV1 ? "AVIF" : "HEIC");
}

static cimage_status check_memory(const heif_state *state, cimage_error *error) {
    // The stacks of the threads count where the address space is limited. A compiler may leave out memory that is not
    // used, but nothing that is volatile.
    void *volatile memory = malloc(heif_memory(state) + ((size_t)thread_count(state) << 23));
    bool is_there = memory != NULL;
    free(memory);
    return is_there ? CIMAGE_OK : cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
}

static cimage_status heif_read_rgb(void *opaque, uint8_t *pixels, cimage_error *error) {
    const heif_state *state = opaque;
    const cimage_heif_functions *library = state->library;
    cimage_status ready = check_memory(state, error);
    if (ready == CIMAGE_OK && state->outline.coding == CIMAGE_HEIF_HEVC) {
        ready = check_threads(state, error);
    }
    if (ready != CIMAGE_OK) {
        return ready;
    }
    struct heif_context *context = library->context_alloc();
    if (context == NULL) {
        return cimage_fail(error, CIMAGE_OUT_OF_MEMORY, "out of memory");
    }
    // Sides must be below it.
    library->context_set_maximum_image_size_limit(context, (int)state->outline.longest_side + 1);
    if (library->context_set_max_decoding_threads != NULL) {
        library->context_set_max_decoding_threads(context, 0);
    }
    struct heif_image_handle *handle = NULL;
    struct heif_error failure =
        library->context_read_from_memory_without_copy(context, state->bytes, state->count, NULL);
    if (failure.code == heif_error_Ok) {
        failure = library->context_get_primary_image_handle(context, &handle);
    }
    cimage_status status = failure.code == heif_error_Ok && handle != NULL ? decode(state, handle, pixels, error)
                                                                           : fail(failure, state->count, error);
    if (handle != NULL) {
        library->image_handle_release(handle);
    }
    library->context_free(context);
    if (failure.code == heif_error_Ok && status == CIMAGE_CORRUPT) {
        ready = check_threads(state, error);
        status = ready == CIMAGE_OK ? status : ready;
    }
    return status;
}

const cimage_codec cimage_heif_codec = {heif_open, heif_read_rgb, heif_close, heif_memory};
