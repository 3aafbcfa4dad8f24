// Opens LibTorch at run time, unless the program is linked with it.

#define _GNU_SOURCE

#include "library.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifdef __APPLE__
#define LIBRARY_NAME(name) "lib" name ".dylib"
#else
#define LIBRARY_NAME(name) "lib" name ".so"
/// NULL in a program that is not linked with the library.
extern const ctorch_functions *ctorch_library(void) __attribute__((weak));
#endif

static const char own_library[] = LIBRARY_NAME("ApusTorch");
/// LibTorch's libraries, each after those that it needs. Their names are enough for `own_library` once they are open.
static const char *const libraries[] = {LIBRARY_NAME("c10"), LIBRARY_NAME("torch_cpu")};
enum { library_count = sizeof libraries / sizeof *libraries };

static _Atomic(const ctorch_functions *) table;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/// What the mutex protects: the reason of a failure, which is final, and a number of threads; 0 for LibTorch's choice.
static char failure[1024];
static int thread_limit;

typedef const ctorch_functions *(*library_function)(void);

/// The function of a program that is linked with the library, or NULL.
static library_function linked_library(void) {
#ifdef __APPLE__
    return (library_function)dlsym(RTLD_DEFAULT, "ctorch_library");
#else
    return ctorch_library;
#endif
}

/// Writes the path of a file in a folder. Returns whether a readable file is there.
static bool find(const char *folder, const char *name, char path[PATH_MAX]) {
    const int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return length > 0 && length < PATH_MAX && access(path, R_OK) == 0;
}

/// Opens the library, and LibTorch before it: a run path of the program is valid for what the program opens itself, but
/// not for what its libraries need. Returns NULL, and writes `failure`, if it can't be opened.
static void *open_library(void) {
    const char *folder = getenv("APUS_LIBTORCH");
    char path[PATH_MAX];
    if (folder != NULL && *folder != 0) {
        const bool has_own = find(folder, own_library, path);
        if (!has_own && !find(folder, libraries[library_count - 1], path)) {
            snprintf(failure, sizeof failure, "is not installed: APUS_LIBTORCH=%s has no %s and no %s", folder,
                     own_library, libraries[library_count - 1]);
            return NULL;
        }
    } else {
        folder = NULL;
    }
    for (int i = 0; i < library_count; i++) {
        if (folder != NULL && find(folder, libraries[i], path)) {
            if (dlopen(path, RTLD_NOW | RTLD_LOCAL) == NULL) {
                snprintf(failure, sizeof failure, "can't be opened: %s", dlerror());
                return NULL;
            }
        } else {
            // A failure is reported by the library, which needs it.
            (void)dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
        }
    }
    const bool is_found = folder != NULL && find(folder, own_library, path);
    void *handle = dlopen(is_found ? path : own_library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(failure, sizeof failure, "%s: %s", is_found ? "can't be opened" : "is not installed", dlerror());
    }
    return handle;
}

/// Returns the table of the library, or NULL after writing `failure`. The library stays open until the process ends.
static const ctorch_functions *find_table(void) {
    library_function function = linked_library();
    if (function == NULL) {
        void *handle = open_library();
        if (handle == NULL) {
            return NULL;
        }
        function = (library_function)dlsym(handle, "ctorch_library");
    }
    const ctorch_functions *found = function == NULL ? NULL : function();
    if (found == NULL || found->table_version != CTORCH_TABLE_VERSION) {
        snprintf(failure, sizeof failure, "can't be used: %s belongs to another version of Apus", own_library);
        return NULL;
    }
    return found;
}

/// Loads the library. Returns NULL after copying the reason if it can't be loaded.
static const ctorch_functions *load(char *reason, size_t capacity) {
    const ctorch_functions *found = atomic_load_explicit(&table, memory_order_acquire);
    if (found != NULL) {
        return found;
    }
    pthread_mutex_lock(&mutex);
    found = atomic_load_explicit(&table, memory_order_relaxed);
    if (found == NULL && failure[0] == 0) {
        found = find_table();
        if (found != NULL) {
            if (thread_limit > 0) {
                (void)found->set_thread_count(thread_limit);
            }
            atomic_store_explicit(&table, found, memory_order_release);
        }
    }
    if (found == NULL && capacity > 0) {
        snprintf(reason, capacity, "%s", failure);
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

const ctorch_functions *ctorch_table(void) {
    const ctorch_functions *found = atomic_load_explicit(&table, memory_order_acquire);
    if (found != NULL) {
        return found;
    }
    char reason[sizeof failure];
    found = load(reason, sizeof reason);
    if (found == NULL) {
        fprintf(stderr, "apus: LibTorch %s\n", reason);
        _exit(1);
    }
    return found;
}

bool ctorch_load(char *reason, size_t capacity) { return load(reason, capacity) != NULL; }

bool ctorch_is_loaded(void) {
    return atomic_load_explicit(&table, memory_order_acquire) != NULL || linked_library() != NULL;
}

ctorch_status ctorch_limit_threads(int count) {
    pthread_mutex_lock(&mutex);
    thread_limit = count;
    const ctorch_functions *found = atomic_load_explicit(&table, memory_order_relaxed);
    const ctorch_status status = found == NULL ? CTORCH_OK : found->set_thread_count(count);
    pthread_mutex_unlock(&mutex);
    return status;
}

void ctorch_keep_freed_memory(void) {
#ifdef __GLIBC__
    // No mappings for single blocks, no heaps per thread, which are too small for them, and a heap that does not shrink
    // below 2 GiB.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}
