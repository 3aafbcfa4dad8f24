// libjbig.so.0: the functions of it that libtiff calls for TIFF files with JBIG compression, a format of fax machines.
// All fail, and libtiff reports the file as unreadable. The archives and the image contain this library in place of
// libjbig, which is under the GPL.

#include <stddef.h>

enum { invalid = 1 << 4 };

/// Nothing to prepare.
void jbg_dec_init(void *decoder) { (void)decoder; }

/// Fails.
int jbg_dec_in(void *decoder, unsigned char *data, size_t length, size_t *read) {
    (void)decoder, (void)data, (void)length;
    if (read != NULL) {
        *read = 0;
    }
    return invalid;
}

/// Returns no image.
unsigned char *jbg_dec_getimage(const void *decoder, int plane) {
    (void)decoder, (void)plane;
    return NULL;
}

/// Returns an empty size.
unsigned long jbg_dec_getsize(const void *decoder) {
    (void)decoder;
    return 0;
}

/// Nothing to free.
void jbg_dec_free(void *decoder) { (void)decoder; }

/// Nothing to prepare.
void jbg_enc_init(
    void *encoder, unsigned long width, unsigned long height, int planes, unsigned char **bitmaps, void (*write)(void),
    void *context) {
    (void)encoder, (void)width, (void)height, (void)planes, (void)bitmaps, (void)write, (void)context;
}

/// Writes nothing.
void jbg_enc_out(void *encoder) { (void)encoder; }

/// Nothing to free.
void jbg_enc_free(void *encoder) { (void)encoder; }

/// Fails.
int jbg_newlen(unsigned char *data, size_t length) {
    (void)data, (void)length;
    return invalid;
}

/// The reason of each failure above.
const char *jbg_strerror(int code) {
    (void)code;
    return "JBIG is not supported";
}
