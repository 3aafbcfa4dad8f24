// libx265.so.199: the only function of it that libheif calls, and it calls it only to encode. Apus only decodes. The
// archives and the image contain this library in place of libx265, which is 16 MB large and under the GPL.

#include <stddef.h>

/// Returns no encoder.
const void *x265_api_get_199(int bits) {
    (void)bits;
    return NULL;
}
