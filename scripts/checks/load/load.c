// A load generator for HTTP/1.1 over loopback: posts image files over kept connections and prints one JSON object.
//
//     cc -O2 -Wall -Wextra -o load load.c
//     load --port 8080 --path /classify --connections 16 --seconds 10 [--count N] [--rate R] [--warm-up 2]
//          [--type image/jpeg] [--multipart FIELD] [--header 'NAME: VALUE'] [--host 127.0.0.1] FILE...
//
// Without --rate each connection sends its next request when the last one is answered. With --rate requests are due at
// fixed times, whatever the server does, and latencies count from the time a request was due. A request that finds all
// connections busy waits for one; "late" is how many did so for more than a millisecond.
//
// Only loopback addresses are accepted. Connections, seconds, requests and the rate are bounded. Exits with 0 if the
// load ran, whatever the answers were, with 1 if no connection was possible, with 2 for invalid usage.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 4096, MAX_SECONDS = 7200, MAX_COUNT = 20000000, MAX_FILES = 10000, MAX_RATE = 100000 };
enum { HEAD = 16384, GIVE_UP = 120 };  // Bytes of an answer's head; seconds until a request counts as stuck.

static void fail(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(status);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *allocated(size_t size) {
    void *memory = calloc(1, size);
    if (!memory) fail(1, "out of memory");
    return memory;
}

// What is sent for a file: head and body.
typedef struct { char *bytes; size_t size; } Request;

static Request *requests;
static size_t request_count;

static Request read_request(const char *path, const char *start, const char *field) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(1, "%s: %s", path, strerror(errno));
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    if (size < 0 || size > 1L << 30) fail(1, "%s: not a file of at most 1 GiB", path);
    rewind(file);
    const char *boundary = "apus-load-boundary-7c1f";
    char before[512] = "", after[64] = "";
    if (field) {
        const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        snprintf(before, sizeof before,
                 "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%.200s\"\r\n"
                 "Content-Type: image/jpeg\r\n\r\n", boundary, field, name);
        snprintf(after, sizeof after, "\r\n--%s--\r\n", boundary);
    }
    size_t body = strlen(before) + size + strlen(after), room = strlen(start) + body + 128;
    Request made = {allocated(room), 0};
    made.size = snprintf(made.bytes, room, "%sContent-Length: %zu\r\n\r\n%s", start, body, before);
    if (fread(made.bytes + made.size, 1, size, file) != (size_t)size) fail(1, "%s can't be read", path);
    made.size += size;
    memcpy(made.bytes + made.size, after, strlen(after));
    made.size += strlen(after);
    fclose(file);
    return made;
}

// Microseconds of answers.
typedef struct { uint32_t *values; size_t count, room; } Latencies;

static void add(Latencies *all, double seconds) {
    if (all->count == all->room) {
        all->room = all->room ? all->room * 2 : 65536;
        all->values = realloc(all->values, all->room * sizeof *all->values);
        if (!all->values) fail(1, "out of memory");
    }
    all->values[all->count++] = seconds * 1e6;
}

static int by_size(const void *first, const void *second) {
    uint32_t one = *(const uint32_t *)first, two = *(const uint32_t *)second;
    return (one > two) - (one < two);
}

static void print(const char *name, Latencies *all) {
    printf("\"%s\": {\"count\": %zu", name, all->count);
    if (all->count) {
        qsort(all->values, all->count, sizeof *all->values, by_size);
        static const struct { const char *name; double part; } points[] =
            {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
        for (size_t place = 0; place < sizeof points / sizeof *points; place++)
            printf(", \"%s\": %.3f", points[place].name,
                   all->values[(size_t)(points[place].part * (all->count - 1) + 0.5)] / 1e3);
    }
    printf("}");
}

typedef enum { CLOSED, IDLE, SENDING, HEADERS, BODY, CHUNKS } State;

typedef struct {
    int socket;
    State state;
    const Request *request;
    double due, began;        // When the request was due, and when its first byte was sent.
    size_t sent, filled;      // Bytes of the request, and of the head.
    uint64_t left;            // Bytes of the body.
    int status;
    bool closes;              // Whether the server closes after the answer.
    int chunk;                // Of chunks: 0 size, 1 rest of the size's line, 2 data, 3 line after data, 4 trailer.
    size_t line;              // Bytes in the line of a trailer.
    char head[HEAD + 1];
} Connection;

static struct sockaddr_storage address;
static socklen_t address_size;
static int events;
static long statuses[600];
static long connect_errors, closed_errors, invalid_errors, stuck_errors, late, in_time;
static Latencies accepted, refused;
static double measure_from, measure_to;
static Connection **idle;
static int idle_count;

static bool open_connection(Connection *connection) {
    connection->state = CLOSED;
    connection->socket = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0) fail(1, "socket: %s", strerror(errno));
    if (connect(connection->socket, (struct sockaddr *)&address, address_size) != 0) {
        close(connection->socket);
        connect_errors++;
        return false;
    }
    int one = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(events, EPOLL_CTL_ADD, connection->socket, &event) != 0) fail(1, "epoll: %s", strerror(errno));
    connection->state = IDLE;
    idle[idle_count++] = connection;
    return true;
}

static void want(Connection *connection, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = connection};
    epoll_ctl(events, EPOLL_CTL_MOD, connection->socket, &event);
}

static void drop(Connection *connection) {
    if (connection->state == IDLE)
        for (int place = 0; place < idle_count; place++)
            if (idle[place] == connection) { idle[place] = idle[--idle_count]; break; }
    close(connection->socket);
    connection->state = CLOSED;
}

// Sends what the socket takes. Returns false if the server has closed.
static bool send_more(Connection *connection) {
    while (connection->sent < connection->request->size) {
        ssize_t count = send(connection->socket, connection->request->bytes + connection->sent,
                             connection->request->size - connection->sent, MSG_NOSIGNAL);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            want(connection, EPOLLIN | EPOLLOUT);
            return true;
        }
        if (count < 0) return false;
        connection->sent += count;
    }
    if (connection->state == SENDING) connection->state = HEADERS;
    want(connection, EPOLLIN);
    return true;
}

static void begin(Connection *connection, double due, double time) {
    static size_t next;
    connection->request = &requests[next++ % request_count];
    connection->due = due;
    connection->began = time;
    if (time - due > 0.001) late++;
    connection->sent = connection->filled = 0;
    connection->state = SENDING;
    // A refusal is noticed when reading: the server may answer before it closes.
    send_more(connection);
}

// An answer is complete. The connection serves the next request, if the server keeps it and has read all.
static void finish(Connection *connection) {
    double time = now();
    if (time >= measure_from) {
        statuses[connection->status]++;
        // The last ones, which are waited for, would raise the rate.
        in_time += connection->status < 300 && time <= measure_to;
        add(connection->status < 300 ? &accepted : &refused, time - connection->due);
    }
    if (connection->closes || connection->sent < connection->request->size) {
        drop(connection);
        open_connection(connection);
    } else {
        connection->state = IDLE;
        idle[idle_count++] = connection;
    }
}

static bool read_head(Connection *connection, char *end) {
    *end = 0;
    if (sscanf(connection->head, "HTTP/1.%*1[01] %d", &connection->status) != 1 || connection->status < 100
        || connection->status >= 600)
        return false;
    connection->closes = strncmp(connection->head, "HTTP/1.0", 8) == 0;
    long long length = -1;
    bool chunked = false;
    for (char *line = strstr(connection->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, "content-length:", 15) == 0) length = atoll(line + 15);
        if (strncasecmp(line, "transfer-encoding:", 18) == 0) chunked = true;
        if (strncasecmp(line, "connection:", 11) == 0) connection->closes = strcasestr(line, "close") != NULL;
    }
    if (chunked) {
        connection->state = CHUNKS;
        connection->chunk = 0;
        connection->left = 0;
    } else {
        if (length < 0 && connection->status >= 200) return false;
        connection->state = BODY;
        connection->left = length < 0 ? 0 : length;
    }
    return true;
}

// Reads chunks; returns true at the end of the last one.
static bool read_chunks(Connection *connection, const char *bytes, size_t count) {
    for (size_t place = 0; place < count; place++) {
        char byte = bytes[place];
        switch (connection->chunk) {
        case 0:
        case 1:
            if (byte == '\n') {
                connection->line = 0;
                connection->chunk = connection->left ? 2 : 4;
            } else if (connection->chunk == 0 && strchr("0123456789abcdefABCDEF", byte) && byte) {
                connection->left = connection->left * 16 + (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
            } else {
                connection->chunk = 1;
            }
            break;
        case 2: {
            size_t part = count - place < connection->left ? count - place : connection->left;
            connection->left -= part;
            place += part - 1;
            if (!connection->left) connection->chunk = 3;
            break;
        }
        case 3:
            if (byte == '\n') connection->chunk = 0;
            break;
        default:
            if (byte == '\n') {
                if (!connection->line) return true;
                connection->line = 0;
            } else if (byte != '\r') {
                connection->line++;
            }
        }
    }
    return false;
}

// Takes bytes of an answer. Returns false if it is invalid.
static bool take(Connection *connection, char *bytes, size_t count) {
    while (count) {
        if (connection->state == SENDING || connection->state == HEADERS) {
            size_t before = connection->filled, part = count < HEAD - before ? count : HEAD - before;
            memcpy(connection->head + before, bytes, part);
            connection->filled += part;
            connection->head[connection->filled] = 0;
            char *end = strstr(connection->head + (before > 3 ? before - 3 : 0), "\r\n\r\n");
            if (!end) return connection->filled < HEAD;
            size_t used = end + 4 - connection->head - before;
            bytes += used;
            count -= used;
            if (!read_head(connection, end)) return false;
            if (connection->status < 200) {
                connection->state = connection->sent < connection->request->size ? SENDING : HEADERS;
                connection->filled = 0;
                continue;
            }
            if (connection->state == BODY && !connection->left) {
                finish(connection);
                return count == 0;
            }
        } else if (connection->state == BODY) {
            if (count > connection->left) return false;
            connection->left -= count;
            if (!connection->left) finish(connection);
            return true;
        } else if (connection->state == CHUNKS) {
            if (read_chunks(connection, bytes, count)) finish(connection);
            return true;
        } else {
            return false;  // An answer without a request.
        }
    }
    return true;
}

// Reads what has arrived. A connection that ends in an error is opened again.
static void receive(Connection *connection) {
    static char bytes[65536];
    int socket = connection->socket;
    while (connection->state != CLOSED && connection->socket == socket) {
        ssize_t count = recv(socket, bytes, sizeof bytes, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count > 0 && take(connection, bytes, count)) {
            if (connection->state == IDLE) return;
            continue;
        }
        // A server may close a connection that waits.
        if (connection->state != IDLE && now() >= measure_from) {
            if (count > 0) invalid_errors++;
            else closed_errors++;
        }
        drop(connection);
        open_connection(connection);
        return;
    }
}

static double number(const char *option, const char *text, double least, double most) {
    char *end = NULL;
    double value = text ? strtod(text, &end) : 0;
    if (!text || *end || !(value >= least && value <= most)) fail(2, "%s must be %g to %g", option, least, most);
    return value;
}

static void set_address(const char *host, int port) {
    struct sockaddr_in *four = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1 && ntohl(four->sin_addr.s_addr) >> 24 == 127) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        address_size = sizeof *four;
    } else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr)) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        address_size = sizeof *six;
    } else {
        fail(2, "--host must be a loopback address, such as 127.0.0.1, not %s", host);
    }
}

int main(int count, char **words) {
    const char *host = "127.0.0.1", *path = "/classify", *type = "image/jpeg", *field = NULL;
    char extra[2048] = "";
    double port = 0, connections = 1, seconds = 10, most = MAX_COUNT, rate = 0, warm_up = 0;
    int place = 1;
    for (; place < count && strncmp(words[place], "--", 2) == 0; place += 2) {
        const char *option = words[place], *value = words[place + 1];
        if (!value) fail(2, "%s needs a value", option);
        if (!strcmp(option, "--host")) host = value;
        else if (!strcmp(option, "--port")) port = number(option, value, 1, 65535);
        else if (!strcmp(option, "--path")) path = value;
        else if (!strcmp(option, "--type")) type = value;
        else if (!strcmp(option, "--multipart")) field = value;
        else if (!strcmp(option, "--connections")) connections = number(option, value, 1, MAX_CONNECTIONS);
        else if (!strcmp(option, "--seconds")) seconds = number(option, value, 0.1, MAX_SECONDS);
        else if (!strcmp(option, "--count")) most = number(option, value, 1, MAX_COUNT);
        else if (!strcmp(option, "--rate")) rate = number(option, value, 0.1, MAX_RATE);
        else if (!strcmp(option, "--warm-up")) warm_up = number(option, value, 0, 600);
        else if (!strcmp(option, "--header") && strlen(extra) + strlen(value) + 3 < sizeof extra)
            strcat(strcat(extra, value), "\r\n");
        else fail(2, "unknown option %s", option);
    }
    if (port == 0 || place == count || count - place > MAX_FILES) fail(2, "give --port and 1 to %d files", MAX_FILES);
    set_address(host, port);

    char start[4096];
    int length = snprintf(start, sizeof start, "POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: %s\r\n%s", path, host,
                          (int)port, field ? "multipart/form-data; boundary=apus-load-boundary-7c1f" : type, extra);
    if (length >= (int)sizeof start) fail(2, "path and headers are too long");
    request_count = count - place;
    requests = allocated(request_count * sizeof *requests);
    for (size_t file = 0; file < request_count; file++)
        requests[file] = read_request(words[place + file], start, field);

    events = epoll_create1(EPOLL_CLOEXEC);
    int total = connections;
    Connection *all = allocated(total * sizeof *all);
    idle = allocated(total * sizeof *idle);
    double began = now(), first = began + warm_up, end = first + seconds;
    measure_from = first;
    measure_to = end;
    for (int connection = 0; connection < total; connection++)
        if (!open_connection(&all[connection]) && connection == 0) fail(1, "no connection to %s:%d", host, (int)port);

    double checked = began;
    long sent = 0;
    for (;;) {
        double time = now();
        bool stops = time >= end || sent >= most;
        if (stops && idle_count == total) break;
        while (idle_count && !stops) {
            double due = rate > 0 ? began + sent / rate : time;
            if (due > time) break;
            begin(idle[--idle_count], due, time);
            stops = ++sent >= most;
        }
        if (time - checked > 0.1) {
            checked = time;
            int ready = 0;
            for (int connection = 0; connection < total; connection++) {
                Connection *one = &all[connection];
                if (one->state == CLOSED && !stops) open_connection(one);
                if (one->state > IDLE && time - one->began > GIVE_UP) {
                    stuck_errors++;
                    drop(one);
                    if (!stops) open_connection(one);
                }
                ready += one->state <= IDLE;
            }
            if (stops && ready == total) break;
        }
        double wait = 0.1;
        if (rate > 0 && idle_count && !stops && began + sent / rate - time < wait) wait = began + sent / rate - time;
        if (!stops && end - time < wait) wait = end - time;
        struct timespec pause = {0, wait > 0 ? wait * 1e9 : 0};
        struct epoll_event ready[256];
        int found = epoll_pwait2(events, ready, 256, &pause, NULL);
        for (int event = 0; event < found; event++) {
            Connection *connection = ready[event].data.ptr;
            if (connection->state == CLOSED) continue;
            if (ready[event].events & EPOLLOUT && connection->sent < connection->request->size
                && !send_more(connection))
                want(connection, EPOLLIN);
            if (ready[event].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
        }
    }
    double spent = (now() < end ? now() : end) - first;
    printf("{\"connections\": %d, \"seconds\": %.3f, \"sent\": %ld, \"late\": %ld, \"rate\": %.2f, ", total, spent,
           sent, late, in_time / (spent > 0 ? spent : 1));
    print("accepted", &accepted);
    printf(", ");
    print("refused", &refused);
    printf(", \"statuses\": {");
    const char *comma = "";
    for (int status = 0; status < 600; status++)
        if (statuses[status]) {
            printf("%s\"%d\": %ld", comma, status, statuses[status]);
            comma = ", ";
        }
    printf("}, \"errors\": {\"connect\": %ld, \"closed\": %ld, \"invalid\": %ld, \"stuck\": %ld}}\n", connect_errors,
           closed_errors, invalid_errors, stuck_errors);
    return 0;
}
