// Prints a checksum of all that CImage computes from each given file, and from an image of its own: decoding, scaling,
// resizing, warping, color changes, encoding. scripts/checks/aarch64 compares the lines of two processors.

#include "CImage.h"
#include "CPlatform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t pixel_limit = 1 << 22;

/// The bytes' checksum: FNV-1a.
static uint64_t sum_of(const uint8_t *bytes, size_t count) {
    uint64_t sum = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < count; i++) {
        sum = (sum ^ bytes[i]) * 0x100000001b3ULL;
    }
    return sum;
}

static void print(const char *name, const char *step, int number, const uint8_t *bytes, size_t count) {
    printf("%s %s %d: %zu %016" PRIx64 "\n", name, step, number, count, sum_of(bytes, count));
}

static void *allocate(size_t count) {
    void *memory = calloc(1, count + 16);
    if (memory == NULL) {
        fprintf(stderr, "no memory for %zu bytes\n", count);
        exit(2);
    }
    return memory;
}

typedef struct pixels {
    uint8_t *bytes;
    int32_t width;
    int32_t height;
    size_t count;
} pixels;

// MARK: Images in memory

static void resize(const char *name, const pixels *from) {
    static const int32_t sizes[][2] = {{1, 1}, {7, 5}, {32, 32}, {61, 224}, {224, 61}, {333, 97}};
    for (int number = 0; number < 12; number++) {
        cimage_resizing r = {number % 2 == 0 ? CIMAGE_BILINEAR : CIMAGE_BICUBIC, from->width, from->height, 0, 0,
                             from->width, from->height, sizes[number / 2][0], sizes[number / 2][1], {0, 0, 0, 0}};
        r.window = (cimage_rectangle){0, 0, r.full_width, r.full_height};
        if (number >= 6 && from->width > 3 && from->height > 3) {
            // A box with fractions, and a part of the result.
            r.x = 0.375;
            r.y = 1.625;
            r.width -= 1.125;
            r.height -= 2.25;
            r.window = (cimage_rectangle){r.full_width / 5, r.full_height / 7, r.full_width / 2, r.full_height / 3};
        }
        size_t size = cimage_resize_workspace_size(&r);
        size_t count = (size_t)r.window.width * (size_t)r.window.height * 3;
        uint8_t *result = allocate(count);
        void *workspace = allocate(size);
        cimage_resize_rgb(&r, from->bytes, (size_t)from->width * 3, result, (size_t)r.window.width * 3, workspace,
                          size);
        print(name, "resize", number, result, count);
        free(workspace);
        free(result);
    }
}

static void warp(const char *name, const pixels *from) {
    const double w = from->width, h = from->height;
    // Of 20 degrees, as numbers: the systems' cosines need not be equal.
    const double cosine = 0.93969262078590843, sine = 0.34202014332566871;
    const double maps[][8] = {
        // Moved, turned by 20 degrees about the center, sheared and scaled, and in perspective.
        {1, 0, 0.3, 0, 1, -1.7, 0, 0},
        {cosine, sine, 0.03 * w - 0.171 * h, -sine, cosine, 0.171 * w + 0.03 * h, 0, 0},
        {1.3, 0.2, -0.1 * w, -0.07, 0.61, 0.13 * h, 0, 0},
        {0.9, 0.08, 0.02 * w, 0.03, 0.95, 0.01 * h, 0.11 / w, -0.07 / h},
        {1.0 / 3, 0, 0, 0, 3.7, 0, 0, 0},
    };
    uint8_t *result = allocate(from->count);
    for (int number = 0; number < 15; number++) {
        cimage_warp warp = {(cimage_sampling)(number % 3), {0}, number / 3 != 3, {7, 130, 255}};
        memcpy(warp.coefficients, maps[number / 3], sizeof warp.coefficients);
        cimage_warp_rgb(&warp, from->bytes, from->width, from->height, result, from->width, from->height);
        print(name, "warp", number, result, from->count);
    }
    free(result);
}

static void turn(const char *name, const pixels *from) {
    uint8_t *result = allocate(from->count);
    for (int32_t orientation = 1; orientation <= 8; orientation++) {
        cimage_orient_rgb(from->bytes, from->width, from->height, orientation, result);
        print(name, "orient", orientation, result, from->count);
    }
    memcpy(result, from->bytes, from->count);
    cimage_flip_rgb(result, from->width, from->height, (size_t)from->width * 3);
    cimage_flip_rows_rgb(result, from->width, from->height, (size_t)from->width * 3);
    print(name, "flip", 0, result, from->count);
    free(result);
    const cimage_rectangle window = {-9, -5, from->width + 21, from->height + 17};
    size_t count = (size_t)window.width * (size_t)window.height * 3;
    result = allocate(count);
    for (int border = 0; border < 3; border++) {
        cimage_pad_rgb((cimage_border)border, from->bytes, from->width, from->height, &window, result);
        print(name, "pad", border, result, count);
    }
    free(result);
}

static void recolor(const char *name, const pixels *from) {
    static const float factors[] = {0.0F, 0.3F, 0.7F, 1.0F, 1.37F, 2.9F};
    size_t count = from->count / 3;
    uint8_t *result = allocate(from->count);
    for (int number = 0; number < 30; number++) {
        float factor = factors[number % 6];
        memcpy(result, from->bytes, from->count);
        switch (number / 6) {
        case 0: cimage_adjust_brightness_rgb(result, count, factor); break;
        case 1: cimage_adjust_contrast_rgb(result, count, factor); break;
        case 2: cimage_adjust_saturation_rgb(result, count, factor); break;
        case 3: cimage_adjust_sharpness_rgb(from->bytes, from->width, from->height, factor, result); break;
        default: cimage_shift_hue_rgb(result, count, (uint8_t)(factor * 83)); break;
        }
        print(name, "blend", number, result, from->count);
    }
    for (int number = 0; number < 8; number++) {
        memcpy(result, from->bytes, from->count);
        switch (number) {
        case 0: cimage_make_gray_rgb(result, count); break;
        case 1: cimage_invert(result, from->count); break;
        case 2: cimage_posterize(result, from->count, 3); break;
        case 3: cimage_solarize(result, from->count, 127.5); break;
        case 4: cimage_equalize_rgb(result, count); break;
        case 5: cimage_autocontrast_rgb(result, count); break;
        case 6: cimage_posterize(result, from->count, 0); break;
        default: cimage_solarize(result, from->count, -1); break;
        }
        print(name, "change", number, result, from->count);
    }
    float *sums = allocate(from->count * sizeof(float));
    for (int number = 0; number < 3; number++) {
        memset(sums, 0, from->count * sizeof(float));
        cimage_mix_in(from->bytes, from->count, 0.1F + 0.37F * (float)number, sums);
        cimage_mix_in(result, from->count, 0.61F, sums);
        print(name, "sums", number, (const uint8_t *)sums, from->count * sizeof(float));
        cimage_mix_out(sums, from->count, result);
        print(name, "mix", number, result, from->count);
    }
    free(sums);
    free(result);
}

static void blur(const char *name, const pixels *from) {
    static const float taps[] = {0.0545F, 0.2442F, 0.4026F, 0.2442F, 0.0545F};
    uint8_t *result = allocate(from->count);
    void *workspace = allocate(cimage_blur_workspace_size(from->width, 5));
    for (int number = 0; number < 2; number++) {
        cimage_blur_rgb(from->bytes, from->width, from->height, number == 0 ? taps : taps + 1, number == 0 ? 5 : 3,
                        taps, 5, result, workspace);
        print(name, "blur", number, result, from->count);
    }
    free(workspace);
    free(result);
}

static void encode(const char *name, const pixels *from) {
    for (int number = 0; number < 3; number++) {
        cimage_error error = {CIMAGE_OK, ""};
        uint8_t *bytes = NULL;
        size_t count = 0;
        cimage_status status = number == 0
            ? cimage_encode_png(from->bytes, from->width, from->height, &bytes, &count, &error)
            : cimage_encode_jpeg(from->bytes, from->width, from->height, number == 1 ? 75 : 95, &bytes, &count, &error);
        if (status == CIMAGE_OK) {
            print(name, "encode", number, bytes, count);
        } else {
            printf("%s encode %d: %d %s\n", name, number, status, error.message);
        }
        cimage_free(bytes);
    }
}

static void change(const char *name, const pixels *from) {
    resize(name, from);
    warp(name, from);
    turn(name, from);
    recolor(name, from);
    blur(name, from);
    encode(name, from);
}

// MARK: Files

static cimage_decoder *opened(const char *name, const uint8_t *bytes, size_t count, cimage_info *info) {
    cimage_error error = {CIMAGE_OK, ""};
    cimage_decoder *decoder = NULL;
    cimage_status status = cimage_decoder_open(bytes, count, pixel_limit, &decoder, info, &error);
    if (status != CIMAGE_OK) {
        printf("%s: %d %s\n", name, status, error.message);
        return NULL;
    }
    return decoder;
}

/// Decodes the file once more, at a scale, and draws a part of it.
static void draw(const char *name, const uint8_t *bytes, size_t count, int32_t eighths) {
    cimage_error error = {CIMAGE_OK, ""};
    cimage_info info;
    cimage_decoder *decoder = opened(name, bytes, count, &info);
    if (decoder == NULL || cimage_decoder_set_scale(decoder, eighths, &info, &error) != CIMAGE_OK) {
        cimage_decoder_close(decoder);
        return;
    }
    cimage_rectangle part = {info.width / 5, info.height / 7, info.width - info.width / 5,
                             info.height - info.height / 7};
    cimage_resizing resizing = {eighths % 2 == 0 ? CIMAGE_BILINEAR : CIMAGE_BICUBIC, part.width, part.height, 0, 0,
                                part.width, part.height, 40, 30, {3, 2, 30, 20}};
    uint8_t result[30 * 20 * 3] = {0};
    cimage_status status = cimage_decoder_draw_rgb(decoder, &part, &resizing, result, 30 * 3, &error);
    if (status == CIMAGE_OK) {
        print(name, "draw", eighths, result, sizeof result);
    } else {
        printf("%s draw %d: %d %s\n", name, eighths, status, error.message);
    }
    cimage_decoder_close(decoder);
}

static void read_file(const char *path, bool changes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    size_t count = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = allocate(count);
    if (fread(bytes, 1, count, file) != count) {
        perror(path);
        exit(2);
    }
    fclose(file);

    cplatform_digest digest = {{1, 2, 3, 4}};
    cplatform_digest_add(&digest, bytes, count);
    print(path, "digest", 0, (const uint8_t *)digest.lanes, sizeof digest.lanes);

    cimage_info info;
    cimage_decoder *decoder = opened(path, bytes, count, &info);
    if (decoder != NULL) {
        cimage_error error = {CIMAGE_OK, ""};
        pixels image = {NULL, info.width, info.height, (size_t)info.width * (size_t)info.height * 3};
        image.bytes = allocate(image.count);
        printf("%s: %d %d x %d, orientation %d %d, color %d %d, %d bits, %d frames\n", path, info.format, info.width,
               info.height, info.orientation, info.is_orientation_inherent, info.color, info.has_alpha, info.bit_depth,
               info.has_more_frames);
        cimage_status status = cimage_decoder_read_rgb(decoder, image.bytes, image.count, &error);
        cimage_decoder_close(decoder);
        if (status == CIMAGE_OK) {
            print(path, "pixels", 0, image.bytes, image.count);
            if (changes) {
                change(path, &image);
            }
        } else {
            printf("%s pixels: %d %s\n", path, status, error.message);
        }
        for (int32_t eighths = 1; eighths <= 8; eighths++) {
            draw(path, bytes, count, eighths);
        }
        free(image.bytes);
    }
    free(bytes);
}

/// Noise over a gradient: every value and many neighborhoods.
static void make_image(void) {
    pixels image = {NULL, 211, 173, 211 * 173 * 3};
    image.bytes = allocate(image.count);
    uint32_t random = 1;
    for (size_t i = 0; i < image.count; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t place = (uint32_t)(i / 3 % 211 + i % 3 * 40);
        image.bytes[i] = (uint8_t)((i / 211) % 2 == 0 ? random >> 24 : place + (random >> 29));
    }
    change("made", &image);
    free(image.bytes);
}

/// Files after `--changes` are also resized, warped and so on.
int main(int count, char **arguments) {
    bool changes = false;
    make_image();
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--changes") == 0) {
            changes = true;
        } else {
            read_file(arguments[i], changes);
        }
    }
    return 0;
}
