// The libraries of single formats, opened at run time: a program starts without them and reads all other formats.
//
// The functions have their libraries' names without the prefix and are described in `tiffio.h` and `heif.h`.

#ifndef CIMAGE_LIBRARY_H
#define CIMAGE_LIBRARY_H

#include "Internal.h"

#include <libheif/heif.h>
#include <tiffio.h>

/// Calls `FUNCTION(name)` for each function of libtiff that is used, without `TIFF`. Those of 4.5 have handlers of
/// errors for each file, older ones only for the process.
#define CIMAGE_TIFF_FUNCTIONS(FUNCTION)              \
    FUNCTION(OpenOptionsAlloc)                       \
    FUNCTION(OpenOptionsFree)                        \
    FUNCTION(OpenOptionsSetMaxSingleMemAlloc)        \
    FUNCTION(OpenOptionsSetErrorHandlerExtR)         \
    FUNCTION(OpenOptionsSetWarningHandlerExtR)       \
    FUNCTION(ClientOpenExt)                          \
    FUNCTION(Close)                                  \
    FUNCTION(GetField)                               \
    FUNCTION(GetFieldDefaulted)                      \
    FUNCTION(SetField)                               \
    FUNCTION(IsTiled)                                \
    FUNCTION(LastDirectory)                          \
    FUNCTION(IsCODECConfigured)                      \
    FUNCTION(NumberOfStrips)                         \
    FUNCTION(NumberOfTiles)                          \
    FUNCTION(ComputeStrip)                           \
    FUNCTION(ComputeTile)                            \
    FUNCTION(GetStrileByteCount)                     \
    FUNCTION(StripSize64)                            \
    FUNCTION(VStripSize64)                           \
    FUNCTION(ScanlineSize64)                         \
    FUNCTION(TileSize64)                             \
    FUNCTION(TileRowSize64)                          \
    FUNCTION(ReadEncodedStrip)                       \
    FUNCTION(ReadEncodedTile)                        \
    FUNCTION(RGBAImageOK)                            \
    FUNCTION(ReadRGBAStripExt)                       \
    FUNCTION(ReadRGBATileExt)

typedef struct cimage_tiff_functions {
#define CIMAGE_TIFF_POINTER(name) __typeof__(TIFF##name) *name;
    CIMAGE_TIFF_FUNCTIONS(CIMAGE_TIFF_POINTER)
#undef CIMAGE_TIFF_POINTER
} cimage_tiff_functions;

/// Calls `FUNCTION(name)` for each function of libheif that is used, without `heif_`.
#define CIMAGE_HEIF_FUNCTIONS(FUNCTION)              \
    FUNCTION(context_alloc)                          \
    FUNCTION(context_free)                           \
    FUNCTION(context_set_maximum_image_size_limit)   \
    FUNCTION(context_read_from_memory_without_copy)  \
    FUNCTION(context_get_primary_image_handle)       \
    FUNCTION(image_handle_release)                   \
    FUNCTION(image_handle_has_alpha_channel)         \
    FUNCTION(image_handle_is_premultiplied_alpha)    \
    FUNCTION(have_decoder_for_format)                \
    FUNCTION(decoding_options_alloc)                 \
    FUNCTION(decoding_options_free)                  \
    FUNCTION(decode_image)                           \
    FUNCTION(image_get_width)                        \
    FUNCTION(image_get_height)                       \
    FUNCTION(image_get_plane_readonly)               \
    FUNCTION(image_release)

typedef struct cimage_heif_functions {
#define CIMAGE_HEIF_POINTER(name) __typeof__(heif_##name) *name;
    CIMAGE_HEIF_FUNCTIONS(CIMAGE_HEIF_POINTER)
#undef CIMAGE_HEIF_POINTER
    /// From libheif 1.12 on, NULL in older ones. Without threads of its own, the caller's limits hold.
    void (*context_set_max_decoding_threads)(struct heif_context *context, int threads);
} cimage_heif_functions;

/// libtiff, or NULL with the reason in `error` if it is absent or older than 4.5.
const cimage_tiff_functions *cimage_tiff_library(cimage_error *error);

/// libheif, or NULL with the reason in `error` if it is absent. `kind` is the kind of file, for the message.
const cimage_heif_functions *cimage_heif_library(const char *kind, cimage_error *error);

#endif
