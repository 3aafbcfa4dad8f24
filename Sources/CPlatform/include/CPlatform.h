// A 64-bit checksum at memory speed. It is written in C because debug builds of Swift would take a hundred times as
// long.

#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>

/// Four values into which bytes are mixed.
typedef struct cplatform_digest {
    uint64_t lanes[4];
} cplatform_digest;

/// Mixes `count` bytes and their number into the lanes.
void cplatform_digest_add(cplatform_digest *digest, const void *bytes, size_t count);

#endif
