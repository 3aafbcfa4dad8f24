// For `readlink` and `PATH_MAX`.
#define _DEFAULT_SOURCE

#include "CDrawing.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The functions below must not be found by the libraries, which have their own.
#pragma GCC visibility push(hidden)

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <pango/pangocairo.h>

#include "functions.h"

// A macro of the same name checks types.
#undef g_object_unref

static struct {
#define CDRAWING_POINTER(result, name, parameters, arguments) result(*name) parameters;
    CDRAWING_FUNCTIONS(CDRAWING_POINTER)
#undef CDRAWING_POINTER
} libraries;

#define CDRAWING_CALL(result, name, parameters, arguments) \
    result name parameters { return libraries.name arguments; }
CDRAWING_FUNCTIONS(CDRAWING_CALL)
#undef CDRAWING_CALL

#pragma GCC visibility pop

static const char *const names[] = {
#define CDRAWING_NAME(result, name, parameters, arguments) #name,
    CDRAWING_FUNCTIONS(CDRAWING_NAME)
#undef CDRAWING_NAME
};

enum { COUNT = sizeof names / sizeof names[0] };
_Static_assert(sizeof libraries == COUNT * sizeof(void *), "one pointer for each name");

// The dynamic linker finds the functions of Cairo, Pango and GObject in the libraries that these need.
#if defined(__APPLE__)
static const char *const files[] = {"libpangocairo-1.0.0.dylib", "/opt/homebrew/lib/libpangocairo-1.0.0.dylib"};
#else
static const char *const files[] = {"libpangocairo-1.0.so.0"};
#endif

enum { FILE_COUNT = sizeof files / sizeof files[0] };

static char failure[CDRAWING_REASON_CAPACITY];
static bool is_open;

/// An archive contains fonts, and their settings, for systems that have none. They are in the folder `share/apus/fonts`
/// next to the program's own. The environment variable FONTCONFIG_FILE takes precedence.
static void add_own_fonts(void *handle) {
#if defined(__linux__)
    static const char file[] = "/../share/apus/fonts/fonts.conf";
    char path[PATH_MAX + sizeof file];
    ssize_t length = getenv("FONTCONFIG_FILE") == NULL ? readlink("/proc/self/exe", path, PATH_MAX) : -1;
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    if (length <= 0) {
        return;
    }
    memcpy(path + length - 1, file, sizeof file);
    if (access(path, R_OK) != 0) {
        return;
    }
    // Fontconfig, of which Pango takes its fonts.
    void *(*create)(void) = (void *(*)(void))dlsym(handle, "FcConfigCreate");
    int (*load)(void *, const unsigned char *, int) =
        (int (*)(void *, const unsigned char *, int))dlsym(handle, "FcConfigParseAndLoad");
    int (*build)(void *) = (int (*)(void *))dlsym(handle, "FcConfigBuildFonts");
    int (*use)(void *) = (int (*)(void *))dlsym(handle, "FcConfigSetCurrent");
    if (create == NULL || load == NULL || build == NULL || use == NULL) {
        return;
    }
    void *settings = create();
    if (settings != NULL && load(settings, (const unsigned char *)path, 0) && build(settings)) {
        use(settings);
    }
#else
    (void)handle;
#endif
}

/// Opens the library. A file in the folder of the environment variable APUS_DRAWING_PATH takes precedence over the
/// system's.
static void open_libraries(void) {
    char path[4096];
    const char *folder = getenv("APUS_DRAWING_PATH");
    int length = folder != NULL && folder[0] != 0 ? snprintf(path, sizeof path, "%s/%s", folder, files[0]) : 0;
    bool is_chosen = length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
    void *handle = NULL;
    for (size_t i = 0; handle == NULL && i < FILE_COUNT; i++) {
        handle = dlopen(is_chosen ? path : files[i], RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL && i == 0) {
            const char *text = dlerror();
            snprintf(failure, sizeof failure, "%s", text != NULL ? text : "unknown error");
        }
    }
    if (handle == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT; i++) {
        void *function = dlsym(handle, names[i]);
        if (function == NULL) {
            snprintf(failure, sizeof failure, "%s has no function %s: it is too old", files[0], names[i]);
            return;
        }
        memcpy((char *)&libraries + i * sizeof function, &function, sizeof function);
    }
    add_own_fonts(handle);
    is_open = true;
}

bool cdrawing_open(char reason[CDRAWING_REASON_CAPACITY]) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_libraries);
    if (!is_open) {
        memcpy(reason, failure, sizeof failure);
    }
    return is_open;
}

const char *cdrawing_file(void) { return files[0]; }
