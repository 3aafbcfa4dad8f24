// Pillow's hue change on 8-bit RGB, bit for bit: to HSV, shift of the hue, and back (see its src/libImaging/Convert.c).
// Each step is rounded or truncated to 8 bits.
//
// Pillow computes some steps in double precision. Here they use single precision and integers, rearranged so that the
// result is equal for all 2^24 colors; `scripts/checks/color.py` compares each of them.

#include "Internal.h"
#include "Pixels.h"

/// The largest integer that does not exceed 255 * `share` in exact arithmetic, for a fraction from 0 to 1; the product
/// itself would be rounded. Both differences are exact because their operands are so close.
CIMAGE_INLINE int32_t of_255(float share) {
    int32_t nearest = (int32_t)(share * 255.0F + 0.5F);
    float missing = (share * 256.0F - (float)nearest) - share;
    return nearest - (missing < 0.0F);
}

/// Pillow's hue from 0 to 255; arbitrary for gray.
CIMAGE_INLINE int32_t hue_of(int32_t red, int32_t green, int32_t blue, int32_t highest, int32_t lowest) {
    int32_t middle = red + green + blue - highest - lowest;
    int32_t range = highest - lowest;
    float part = (float)(highest - middle) / (float)(range > 0 ? range : 1);
    // The circle has six sixths. `part` decreases in each even one and increases in each odd one, so each hue is one
    // sum that is rounded once.
    int32_t is_red = red == highest;
    int32_t is_green = green == highest;
    int32_t falls = is_red ? blue == lowest : is_green ? red == lowest : green == lowest;
    int32_t base = (is_red ? 0 : is_green ? 2 : 4) + (falls ? 1 : -1);
    float sixths = (float)base + (falls ? -part : part);
    float turn = sixths / 6.0F;
    return of_255(turn < 0.0F ? turn + 1.0F : turn);
}

CIMAGE_HOT void cimage_shift_hue_rgb(uint8_t *pixels, size_t count, uint8_t shift) {
    for (size_t start = 0; start < count; start += block_capacity) {
        block b;
        split(&b, pixels + start * 3, count - start);
        for (size_t i = 0; i < b.count; i++) {
            int32_t red = b.red[i];
            int32_t green = b.green[i];
            int32_t blue = b.blue[i];
            int32_t highest = red > green ? red : green;
            highest = highest > blue ? highest : blue;
            int32_t lowest = red < green ? red : green;
            lowest = lowest < blue ? lowest : blue;

            int32_t hue = (hue_of(red, green, blue, highest, lowest) + shift) & 255;
            int32_t saturation = of_255((float)(highest - lowest) / (float)(highest > 0 ? highest : 1));

            // The position within the sixth of the circle, in 85ths of it; 255 is the end of the last sixth.
            int32_t sixth = (hue * 2 * 772) >> 16;
            int32_t place = hue * 2 - sixth * 85;
            sixth = sixth == 6 ? 0 : sixth;
            int32_t is_odd = sixth & 1;
            // The weakest channel, and the one that changes in this sixth. No fraction is ever a half. The divisions by
            // 255 and 21675 are products with equal results here.
            int32_t weakest = (int32_t)(((uint32_t)(highest * (255 - saturation) + 127) * 32897U) >> 23);
            int32_t running = highest * (21675 - saturation * (is_odd ? place : 85 - place)) + 10837;
            running = (int32_t)((float)running * (1.0F / 21675.0F));

            b.red[i] = (uint8_t)(sixth == 0 || sixth == 5 ? highest : sixth == 1 || sixth == 4 ? running : weakest);
            b.green[i] = (uint8_t)(sixth == 1 || sixth == 2 ? highest : sixth == 0 || sixth == 3 ? running : weakest);
            b.blue[i] = (uint8_t)(sixth == 3 || sixth == 4 ? highest : sixth == 2 || sixth == 5 ? running : weakest);
        }
        join(&b, pixels + start * 3);
    }
}
