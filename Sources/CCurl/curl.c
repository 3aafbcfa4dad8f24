#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// The functions are called by pointer, so the type checks of curl's macros do not apply.
static struct {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    void (*easy_reset)(CURL *);
    void (*easy_cleanup)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
} curl;

_Static_assert(CCURL_TEXT_CAPACITY >= CURL_ERROR_SIZE, "libcurl writes its reasons there");

#if defined(__APPLE__)
static const char file[] = "/usr/lib/libcurl.4.dylib";
#else
static const char file[] = "libcurl.so.4";
#endif

static bool is_open;
static char failure[CCURL_TEXT_CAPACITY];

static bool find(void *library, const char *name, void *function) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        snprintf(failure, sizeof failure, "libcurl has no function %s", name);
        return false;
    }
    memcpy(function, &found, sizeof found);
    return true;
}

static void open_library(void) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(failure, sizeof failure, "%s", dlerror());
        return;
    }
    is_open = find(library, "curl_global_init", &curl.global_init) && find(library, "curl_easy_init", &curl.easy_init)
        && find(library, "curl_easy_setopt", &curl.easy_setopt)
        && find(library, "curl_easy_perform", &curl.easy_perform)
        && find(library, "curl_easy_getinfo", &curl.easy_getinfo) && find(library, "curl_easy_reset", &curl.easy_reset)
        && find(library, "curl_easy_cleanup", &curl.easy_cleanup)
        && find(library, "curl_easy_strerror", &curl.easy_strerror)
        && find(library, "curl_slist_append", &curl.slist_append)
        && find(library, "curl_slist_free_all", &curl.slist_free_all);
    if (is_open && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(failure, sizeof failure, "libcurl cannot be initialized");
        is_open = false;
    }
}

struct ccurl_connection {
    CURL *handle;
    const ccurl_request *request;
    bool has_started;
    bool is_stopped;
    /// Whether the body arrives compressed, so that its length is not that of the content.
    bool is_encoded;
};

ccurl_connection *ccurl_open(ccurl_response *response) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    *response = (ccurl_response){0};
    ccurl_connection *connection = is_open ? calloc(1, sizeof *connection) : NULL;
    if (connection != NULL) {
        connection->handle = curl.easy_init();
        if (connection->handle == NULL) {
            free(connection);
            connection = NULL;
        }
    }
    if (connection == NULL) {
        snprintf(response->reason, sizeof response->reason, "%s", is_open ? "out of memory" : failure);
    }
    return connection;
}

static long status_of(CURL *handle) {
    long status = 0;
    curl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/// Whether the request goes on after the status is known.
static bool start(ccurl_connection *connection) {
    if (!connection->has_started) {
        connection->has_started = true;
        curl_off_t count = -1;
        curl.easy_getinfo(connection->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &count);
        count = connection->is_encoded ? -1 : count;
        const ccurl_request *request = connection->request;
        connection->is_stopped = !request->start(request->context, status_of(connection->handle), count);
    }
    return !connection->is_stopped;
}

static size_t receive_header(char *line, size_t size, size_t count, void *context) {
    static const char name[] = "content-encoding:";
    ccurl_connection *connection = context;
    size_t length = size * count;
    if (length > sizeof name && strncasecmp(line, name, sizeof name - 1) == 0) {
        size_t i = sizeof name - 1;
        while (i < length && (line[i] == ' ' || line[i] == '\t')) {
            i++;
        }
        connection->is_encoded = i < length && line[i] != '\r' && line[i] != '\n'
            && (length - i < 8 || strncasecmp(line + i, "identity", 8) != 0);
    }
    if (connection->request->header != NULL) {
        connection->request->header(connection->request->context, line, length);
    }
    return length;
}

static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    ccurl_connection *connection = context;
    const ccurl_request *request = connection->request;
    if (!start(connection)) {
        return CURL_WRITEFUNC_ERROR;
    }
    if (!request->proceeds(request->context)
        || !request->body(request->context, (const uint8_t *)bytes, size * count)) {
        connection->is_stopped = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return size * count;
}

static int progress(void *context, curl_off_t total, curl_off_t count, curl_off_t sent_total, curl_off_t sent) {
    (void)total, (void)count, (void)sent_total, (void)sent;
    ccurl_connection *connection = context;
    if (!connection->is_stopped && !connection->request->proceeds(connection->request->context)) {
        connection->is_stopped = true;
    }
    return connection->is_stopped;
}

static ccurl_outcome outcome_of(CURLcode code, bool is_stopped) {
    if (is_stopped) {
        return CCURL_STOPPED;
    }
    switch (code) {
    case CURLE_OK: return CCURL_OK;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return CCURL_INVALID_URL;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return CCURL_NO_CONNECTION;
    case CURLE_OPERATION_TIMEDOUT: return CCURL_TOO_SLOW;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return CCURL_INCOMPLETE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return CCURL_INSECURE;
    default: return CCURL_OTHER;
    }
}

/// Sets the method, the headers and the content of a request. The list of headers is the caller's, also after a
/// failure.
static CURLcode set_content(CURL *handle, const ccurl_request *request, struct curl_slist **headers) {
    for (const char *const *line = request->headers; line != NULL && *line != NULL; line++) {
        struct curl_slist *longer = curl.slist_append(*headers, *line);
        if (longer == NULL) {
            return CURLE_OUT_OF_MEMORY;
        }
        *headers = longer;
    }
    curl.easy_setopt(handle, CURLOPT_HTTPHEADER, *headers);
    if (request->content != NULL) {
        curl.easy_setopt(handle, CURLOPT_POST, 1L);
        curl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->content_count);
        curl.easy_setopt(handle, CURLOPT_POSTFIELDS, (const char *)request->content);
    }
    if (request->method != NULL) {
        curl.easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
    }
    return CURLE_OK;
}

ccurl_outcome ccurl_fetch(ccurl_connection *connection, const ccurl_request *request, ccurl_response *response) {
    CURL *handle = connection->handle;
    *response = (ccurl_response){0};
    connection->request = request;
    connection->has_started = false;
    connection->is_stopped = false;
    connection->is_encoded = false;
    // This keeps the connections to servers.
    curl.easy_reset(handle);
    CURLcode code = curl.easy_setopt(handle, CURLOPT_URL, request->url);
    // From 7.85 on by names. Older versions have numbers only.
    if (curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK) {
        curl.easy_setopt(handle, (CURLoption)(CURLOPTTYPE_LONG + 181), 3L);
    }
    curl.easy_setopt(handle, CURLOPT_USERAGENT, request->user_agent);
    curl.easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, request->connection_seconds);
    curl.easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, request->silent_seconds);
    curl.easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, request->slowest);
    curl.easy_setopt(handle, CURLOPT_TIMEOUT_MS, request->milliseconds);
    curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, response->reason);
    // Asks for the plain bytes, and decodes others nevertheless.
    curl.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "identity");
    curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, receive_header);
    curl.easy_setopt(handle, CURLOPT_HEADERDATA, connection);
    curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl.easy_setopt(handle, CURLOPT_WRITEDATA, connection);
    curl.easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    curl.easy_setopt(handle, CURLOPT_XFERINFODATA, connection);
    if (request->authorities != NULL) {
        curl.easy_setopt(handle, CURLOPT_CAINFO, request->authorities);
    }
    struct curl_slist *headers = NULL;
    if (code == CURLE_OK) {
        code = set_content(handle, request, &headers);
    }
    if (code == CURLE_OK) {
        code = curl.easy_perform(handle);
    }
    response->status = status_of(handle);
    if (code == CURLE_OK) {
        // A response without a body.
        start(connection);
    }
    curl_off_t seconds = 0;
    curl.easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
    response->retry_seconds = seconds;
    char *redirect = NULL;
    curl.easy_getinfo(handle, CURLINFO_REDIRECT_URL, &redirect);
    // A part of a URL would lead elsewhere.
    if (redirect != NULL && strlen(redirect) < sizeof response->redirect) {
        snprintf(response->redirect, sizeof response->redirect, "%s", redirect);
    }
    if (code != CURLE_OK && response->reason[0] == 0) {
        snprintf(response->reason, sizeof response->reason, "%s", curl.easy_strerror(code));
    }
    connection->request = NULL;
    curl.easy_setopt(handle, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
    curl.slist_free_all(headers);
    // The response is the caller's, and libcurl may still write to its buffer when the connection is closed.
    curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, (char *)NULL);
    return outcome_of(code, connection->is_stopped);
}

void ccurl_close(ccurl_connection *connection) {
    if (connection != NULL) {
        curl.easy_cleanup(connection->handle);
        free(connection);
    }
}
