// Opens libtiff and libheif when the first file needs them. They stay open until the process ends.

#include "Library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// A library and why it cannot be used.
typedef struct library {
    /// The file names for the loader, the preferred one first.
    const char *const *files;
    size_t file_count;
    const char *const *functions;
    size_t function_count;
    char reason[CIMAGE_MESSAGE_CAPACITY];
    void *handle;
    bool is_usable;
} library;

/// Keeps the reason of a failure without the line breaks that no message has.
static void note(library *l, const char *reason) {
    snprintf(l->reason, sizeof l->reason, "%s", reason != NULL ? reason : "unknown error");
    for (char *c = l->reason; *c != 0; c++) {
        *c = (unsigned char)*c < 0x20 ? ' ' : *c;
    }
}

/// Opens the first file that is there. A file in the folder of the environment variable APUS_CODEC_PATH takes
/// precedence over the system's.
static void *open_file(library *l) {
    const char *folder = getenv("APUS_CODEC_PATH");
    for (size_t i = 0; folder != NULL && folder[0] != 0 && i < l->file_count; i++) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%s", folder, l->files[i]);
        if (length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0) {
            void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
            if (handle == NULL) {
                note(l, dlerror());
            }
            return handle;
        }
    }
    for (size_t i = 0; i < l->file_count; i++) {
        void *handle = dlopen(l->files[i], RTLD_NOW | RTLD_LOCAL);
        if (handle != NULL) {
            return handle;
        }
        if (i == 0) {
            note(l, dlerror());
        }
    }
    return NULL;
}

/// Opens the library and fills in its functions, a structure of pointers.
static void open_library(library *l, void *functions) {
    l->handle = open_file(l);
    if (l->handle == NULL) {
        return;
    }
    for (size_t i = 0; i < l->function_count; i++) {
        void *function = dlsym(l->handle, l->functions[i]);
        if (function == NULL) {
            snprintf(l->reason, sizeof l->reason, "the installed version has no %s", l->functions[i]);
            return;
        }
        memcpy((char *)functions + i * sizeof function, &function, sizeof function);
    }
    l->is_usable = true;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// The names of a library's file with this version of its interface: for the system's loader, and on macOS also in
// Homebrew's folder, where the loader does not search.
#if defined(__APPLE__)
#define CIMAGE_FILES(name, version) name "." version ".dylib", "/opt/homebrew/lib/" name "." version ".dylib"
#else
#define CIMAGE_FILES(name, version) name ".so." version
#endif

// MARK: libtiff

static const char *const tiff_files[] = {CIMAGE_FILES("libtiff", "6"), CIMAGE_FILES("libtiff", "5")};
static const char *const tiff_names[] = {
#define CIMAGE_TIFF_NAME(name) "TIFF" #name,
    CIMAGE_TIFF_FUNCTIONS(CIMAGE_TIFF_NAME)
#undef CIMAGE_TIFF_NAME
};
static cimage_tiff_functions tiff_functions;
_Static_assert(sizeof(cimage_tiff_functions) == COUNT(tiff_names) * sizeof(void *), "one pointer for each name");
static library tiff = {tiff_files, COUNT(tiff_files), tiff_names, COUNT(tiff_names), "", NULL, false};
static pthread_once_t tiff_once = PTHREAD_ONCE_INIT;

static void open_tiff(void) {
    open_library(&tiff, &tiff_functions);
}

const cimage_tiff_functions *cimage_tiff_library(cimage_error *error) {
    pthread_once(&tiff_once, open_tiff);
    if (!tiff.is_usable) {
        cimage_fail(error, CIMAGE_UNSUPPORTED,
                    "this is a TIFF file, which needs the library libtiff 4.5 or newer (%s; Debian: libtiff6): %s",
                    tiff_files[0], tiff.reason);
        return NULL;
    }
    return &tiff_functions;
}

// MARK: libheif

static const char *const heif_files[] = {CIMAGE_FILES("libheif", "1")};
static const char *const heif_names[] = {
#define CIMAGE_HEIF_NAME(name) "heif_" #name,
    CIMAGE_HEIF_FUNCTIONS(CIMAGE_HEIF_NAME)
#undef CIMAGE_HEIF_NAME
};
static cimage_heif_functions heif_functions;
_Static_assert(offsetof(cimage_heif_functions, context_set_max_decoding_threads) == COUNT(heif_names) * sizeof(void *),
               "one pointer for each name, then the optional ones");
static library heif = {heif_files, COUNT(heif_files), heif_names, COUNT(heif_names), "", NULL, false};
static pthread_once_t heif_once = PTHREAD_ONCE_INIT;

static void open_heif(void) {
    open_library(&heif, &heif_functions);
    if (heif.is_usable) {
        void *function = dlsym(heif.handle, "heif_context_set_max_decoding_threads");
        memcpy(&heif_functions.context_set_max_decoding_threads, &function, sizeof function);
    }
}

const cimage_heif_functions *cimage_heif_library(const char *kind, cimage_error *error) {
    pthread_once(&heif_once, open_heif);
    if (!heif.is_usable) {
        cimage_fail(error, CIMAGE_UNSUPPORTED,
                    "this is %s file, which needs the library libheif (%s; Debian: libheif1): %s", kind,
                    heif_files[0], heif.reason);
        return NULL;
    }
    return &heif_functions;
}
