#include "COpenVINO.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
#define COPENVINO_NAME(name) "ov_" #name,
    COPENVINO_FUNCTIONS(COPENVINO_NAME)
#undef COPENVINO_NAME
};

enum { count = sizeof names / sizeof names[0] };
_Static_assert(sizeof(copenvino_functions) == count * sizeof(void *), "one pointer for each name");

bool copenvino_open(const char *library, copenvino_functions *functions, char *reason, size_t capacity) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(reason, capacity, "%s", dlerror());
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(handle, names[i]);
        if (function == NULL) {
            snprintf(reason, capacity, "%s: no function %s: this is another version of OpenVINO", library, names[i]);
            dlclose(handle);
            return false;
        }
        memcpy((char *)functions + i * sizeof function, &function, sizeof function);
    }
    return true;
}
