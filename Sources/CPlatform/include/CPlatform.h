// What Swift cannot do, or not well: a 64-bit checksum at memory speed, for which debug builds of Swift would take a
// hundred times as long, a thread's name, and the start of a process with functions that Swift does not import.

#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Four values into which bytes are mixed.
typedef struct cplatform_digest {
    uint64_t lanes[4];
} cplatform_digest;

/// Mixes `count` bytes and their number into the lanes.
void cplatform_digest_add(cplatform_digest *digest, const void *bytes, size_t count);

/// Names the calling thread for debuggers and `top`. Linux keeps the first 15 bytes.
void cplatform_name_thread(const char *name);

/// A started process, and the ends of its pipes for reading, which do not block.
typedef struct cplatform_process {
    pid_t identifier;
    /// -1 if a log or the caller's stream has it.
    int output;
    /// -1 if standard error is discarded, or a log or the caller's stream has it.
    int errors;
} cplatform_process;

/// Starts a program as the leader of its own process group, with `/dev/null` as its standard input, with default signal
/// handling, and without any other descriptor of this process. With `log`, its standard output and standard error are
/// appended to this file; with `keeps_streams`, they are those of this process. Returns 0 or the system's error number.
int cplatform_start_process(
    const char *path, char *const words[], char *const environment[], const char *log, bool reads_errors,
    bool keeps_streams, cplatform_process *process);

/// Whether a started process has ended. Then the rest of its group is ended too, and `status` is that of `waitpid`.
bool cplatform_has_ended(pid_t identifier, int *status);

#endif
