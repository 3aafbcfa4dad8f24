// SHA-256 of OpenSSL's libcrypto. Its older functions need 24 KB in a static program. The newer ones, `EVP_…`, need 3.8 MB
// for providers and configuration, with the same speed.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
