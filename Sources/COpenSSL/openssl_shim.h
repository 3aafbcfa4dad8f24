// The digests of OpenSSL's libcrypto (version 3).
#include <openssl/evp.h>
