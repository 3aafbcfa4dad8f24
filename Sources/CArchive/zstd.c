#include "CArchive.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The stable part of zstd's interface: zstd.h of version 1.4 and later.

typedef struct input_buffer {
    const void *bytes;
    size_t size;
    size_t position;
} input_buffer;

typedef struct output_buffer {
    void *bytes;
    size_t size;
    size_t position;
} output_buffer;

/// The parameter ZSTD_d_windowLogMax.
enum { WINDOW_LOG_MAX = 100, LARGEST_WINDOW_LOG = 27 };

static struct {
    void *(*create)(void);
    size_t (*release)(void *);
    size_t (*set_parameter)(void *, int, int);
    size_t (*decompress)(void *, output_buffer *, input_buffer *);
    unsigned (*is_error)(size_t);
    const char *(*error_name)(size_t);
} zstd;

static const char *const functions[] = {
    "ZSTD_createDCtx",         "ZSTD_freeDCtx", "ZSTD_DCtx_setParameter",
    "ZSTD_decompressStream",   "ZSTD_isError",  "ZSTD_getErrorName",
};

enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0] };
_Static_assert(sizeof zstd == FUNCTION_COUNT * sizeof(void *), "one pointer for each name");

#if defined(__APPLE__)
static const char *const files[] = {"libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib"};
#else
static const char *const files[] = {"libzstd.so.1"};
#endif

enum { FILE_COUNT = sizeof files / sizeof files[0] };

static char reason[CARCHIVE_MESSAGE_CAPACITY];
static bool is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Opens the library. A file in the folder of the environment variable APUS_CODEC_PATH takes precedence over the
/// system's.
static void open_library(void) {
    char path[4096];
    const char *folder = getenv("APUS_CODEC_PATH");
    int length = folder != NULL && folder[0] != 0 ? snprintf(path, sizeof path, "%s/%s", folder, files[0]) : 0;
    bool is_chosen = length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
    void *handle = NULL;
    for (size_t i = 0; handle == NULL && i < FILE_COUNT; i++) {
        handle = dlopen(is_chosen ? path : files[i], RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL && i == 0) {
            const char *text = dlerror();
            snprintf(reason, sizeof reason, "%s", text != NULL ? text : "unknown error");
        }
    }
    if (handle == NULL) {
        return;
    }
    reason[0] = 0;
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        void *function = dlsym(handle, functions[i]);
        if (function == NULL) {
            snprintf(reason, sizeof reason, "the installed version has no %s", functions[i]);
            return;
        }
        memcpy((char *)&zstd + i * sizeof function, &function, sizeof function);
    }
    is_open = true;
}

bool carchive_zstd_open(char *message) {
    pthread_once(&once, open_library);
    snprintf(message, CARCHIVE_MESSAGE_CAPACITY, "%s", reason);
    return is_open;
}

void *carchive_zstd_create(void) {
    void *stream = zstd.create();
    if (stream != NULL) {
        zstd.set_parameter(stream, WINDOW_LOG_MAX, LARGEST_WINDOW_LOG);
    }
    return stream;
}

void carchive_zstd_free(void *stream) {
    if (stream != NULL) {
        zstd.release(stream);
    }
}

carchive_status carchive_zstd_step(
    void *stream, const void *input, size_t input_count, void *output, size_t output_count, carchive_step *step,
    char *message) {
    input_buffer in = {input, input_count, 0};
    output_buffer out = {output, output_count, 0};
    size_t result = zstd.decompress(stream, &out, &in);
    *step = (carchive_step){in.position, out.position};
    if (zstd.is_error(result)) {
        snprintf(message, CARCHIVE_MESSAGE_CAPACITY, "%s", zstd.error_name(result));
        return CARCHIVE_DAMAGED;
    }
    return result == 0 ? CARCHIVE_ENDS : CARCHIVE_CONTINUES;
}
