// A checksum of 64 bits at the speed of memory. It is here and not in Swift as builds for debugging would take a hundred
// times as long.

#ifndef CTORCH_DIGEST_H
#define CTORCH_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Four numbers into which bytes are mixed.
typedef struct ctorch_digest {
    uint64_t lanes[4];
} ctorch_digest;

/// Mixes `count` bytes and their number into the lanes.
void ctorch_digest_add(ctorch_digest *digest, const void *bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
