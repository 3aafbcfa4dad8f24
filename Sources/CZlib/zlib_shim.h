// zlib: gzip files.
#include <zlib.h>
