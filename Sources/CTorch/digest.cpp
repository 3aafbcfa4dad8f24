#include "CTorchDigest.h"

#include <cstring>

namespace {

// A bijection of each lane, so that a change of one piece of the input cannot be lost.
inline void mix(uint64_t lanes[4], const uint64_t words[4]) {
    for (int lane = 0; lane < 4; ++lane) {
        const uint64_t value = (lanes[lane] ^ words[lane]) * 0xff51afd7ed558ccdULL;
        lanes[lane] = value ^ value >> 32;
    }
}

} // namespace

void ctorch_digest_add(ctorch_digest *digest, const void *bytes, size_t count) {
    uint64_t lanes[4];
    std::memcpy(lanes, digest->lanes, sizeof lanes);
    const auto *next = static_cast<const unsigned char *>(bytes);
    uint64_t words[4];
    for (size_t rest = count; rest >= sizeof words; rest -= sizeof words, next += sizeof words) {
        std::memcpy(words, next, sizeof words);
        mix(lanes, words);
    }
    std::memset(words, 0, sizeof words);
    if (count % sizeof words != 0) {
        std::memcpy(words, next, count % sizeof words);
    }
    mix(lanes, words);
    for (uint64_t &word : words) {
        word = count;
    }
    mix(lanes, words);
    std::memcpy(digest->lanes, lanes, sizeof lanes);
}
