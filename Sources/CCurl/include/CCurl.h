// HTTP requests with libcurl, which is opened at run time: a program needs it only when it fetches something.

#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The end of a request.
typedef enum ccurl_outcome {
    CCURL_OK = 0,
    /// The URL cannot be parsed or has another scheme than http and https.
    CCURL_INVALID_URL,
    /// A callback ended the request.
    CCURL_STOPPED,
    /// The server's name is unknown, or the server does not answer.
    CCURL_NO_CONNECTION,
    /// No data for too long, or too few.
    CCURL_TOO_SLOW,
    /// The connection ended before the response did.
    CCURL_INCOMPLETE,
    /// The server's certificate or the encryption is invalid.
    CCURL_INSECURE,
    CCURL_OTHER,
} ccurl_outcome;

/// A request. Redirects are not followed.
typedef struct ccurl_request {
    const char *url;
    const char *user_agent;
    /// The method, or NULL for GET, or POST with content.
    const char *method;
    /// Header lines such as `Accept: image/png`, followed by NULL; or NULL for none.
    const char *const *headers;
    /// The bytes to send, which must stay valid during the request, or NULL for none.
    const uint8_t *content;
    size_t content_count;
    /// A file of certificates to trust instead of the system's, or NULL.
    const char *authorities;
    /// The number of seconds until a connection must exist.
    long connection_seconds;
    /// The number of seconds that may pass with fewer than `slowest` bytes per second.
    long silent_seconds;
    long slowest;
    /// The maximum number of milliseconds of the request.
    long milliseconds;
    void *context;
    /// Called about once a second and with each chunk; false ends the request.
    bool (*proceeds)(void *context);
    /// Receives each header line, and the line of the status before; or NULL.
    void (*header)(void *context, const char *line, size_t count);
    /// Receives the status and the number of bytes in the body (-1 if unknown) before the body; false ends the request.
    bool (*start)(void *context, long status, int64_t count);
    /// Receives a chunk of the body; false ends the request.
    bool (*body)(void *context, const uint8_t *bytes, size_t count);
} ccurl_request;

enum { CCURL_TEXT_CAPACITY = 256, CCURL_URL_CAPACITY = 4096 };

typedef struct ccurl_response {
    /// The HTTP status, or 0.
    long status;
    /// The number of seconds after which the server wants to be asked again, or 0.
    int64_t retry_seconds;
    /// The URL that the server redirects to, or an empty text if there is none or it is too long.
    char redirect[CCURL_URL_CAPACITY];
    /// The reason of a failure in libcurl's words, or an empty text.
    char reason[CCURL_TEXT_CAPACITY];
} ccurl_response;

/// A connection, which is kept open for the next request. It belongs to one thread at a time.
typedef struct ccurl_connection ccurl_connection;

/// Opens libcurl on first use. Returns NULL and fills in `response->reason` if that fails, because libcurl is not
/// installed or lacks a function.
ccurl_connection *ccurl_open(ccurl_response *response);

/// Sends a request and waits for the end of the response.
ccurl_outcome ccurl_fetch(ccurl_connection *connection, const ccurl_request *request, ccurl_response *response);

/// Closes the connection. NULL is allowed.
void ccurl_close(ccurl_connection *connection);

#endif
