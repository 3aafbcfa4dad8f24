#include "CPlatform.h"

#include <string.h>

// A bijection of each lane, so that a change of one input block cannot be lost.
static inline void mix(uint64_t lanes[4], const uint64_t words[4]) {
    for (int lane = 0; lane < 4; ++lane) {
        const uint64_t value = (lanes[lane] ^ words[lane]) * 0xff51afd7ed558ccdULL;
        lanes[lane] = value ^ value >> 32;
    }
}

void cplatform_digest_add(cplatform_digest *digest, const void *bytes, size_t count) {
    uint64_t lanes[4];
    memcpy(lanes, digest->lanes, sizeof lanes);
    const unsigned char *next = bytes;
    uint64_t words[4];
    for (size_t rest = count; rest >= sizeof words; rest -= sizeof words, next += sizeof words) {
        memcpy(words, next, sizeof words);
        mix(lanes, words);
    }
    memset(words, 0, sizeof words);
    if (count % sizeof words != 0) {
        memcpy(words, next, count % sizeof words);
    }
    mix(lanes, words);
    for (int word = 0; word < 4; ++word) {
        words[word] = count;
    }
    mix(lanes, words);
    memcpy(digest->lanes, lanes, sizeof lanes);
}
