// Linux declares the function only with this.
#define _GNU_SOURCE

#include "CPlatform.h"

#include <pthread.h>
#include <stdio.h>

void cplatform_name_thread(const char *name) {
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    char start[16];
    snprintf(start, sizeof start, "%s", name);
    pthread_setname_np(pthread_self(), start);
#endif
}
