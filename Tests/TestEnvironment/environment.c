// The environment of the tests and of the commands that they run: no caches, weights or settings of the user's are read,
// and none are written. It is prepared before `main`, as a whole process has one environment.

#define _GNU_SOURCE

#include <ftw.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "TestEnvironment.h"

static char home[4096];
static pid_t owner;

static int removeEntry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    remove(path);
    return 0;
}

static void removeHome(void) {
    // A child that ends in the same way must leave it.
    if (getpid() == owner) nftw(home, removeEntry, 16, FTW_DEPTH | FTW_PHYS);
}

__attribute__((constructor)) static void prepareEnvironment(void) {
    const char *temporary = getenv("TMPDIR");
    snprintf(home, sizeof home, "%s/apus-test-home-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(home)) {
        perror("no temporary folder for the tests");
        exit(1);
    }
    owner = getpid();
    atexit(removeHome);
    setenv("HOME", home, 1);
    static const char *const others[] = {
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TORCH_HOME", "APUS_WEIGHTS_MIRROR",
        "APUS_OPENVINO",  "APUS_DRAWING_PATH",  "APUS_LIBTORCH",   "COLUMNS",        "LINES",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i += 1) unsetenv(others[i]);
}

void returnLargeBlocks(void) { mallopt(M_MMAP_THRESHOLD, 1 << 20); }
