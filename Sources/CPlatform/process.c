#define _GNU_SOURCE

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/// Opens a pipe whose ends other processes do not inherit.
static int open_pipe(int ends[2]) {
#ifdef __APPLE__
    if (pipe(ends) != 0) return -1;
    for (int end = 0; end < 2; end++) fcntl(ends[end], F_SETFD, FD_CLOEXEC);
    return 0;
#else
    return pipe2(ends, O_CLOEXEC);
#endif
}

/// Closes both ends of a pipe that exist.
static void close_pipe(int ends[2]) {
    for (int end = 0; end < 2; end++)
        if (ends[end] >= 0) close(ends[end]);
}

/// The attributes of the process. Threads of Swift's pools block signals; the process would inherit that and ignore
/// SIGABRT and SIGXCPU.
static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t signals;
    sigemptyset(&signals);
    int code = posix_spawnattr_setsigmask(attributes, &signals);
    sigfillset(&signals);
    if (code == 0) code = posix_spawnattr_setsigdefault(attributes, &signals);
    if (code == 0) code = posix_spawnattr_setpgroup(attributes, 0);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    if (code == 0) code = posix_spawnattr_setflags(attributes, (short)flags);
    return code;
}

static int set_files(posix_spawn_file_actions_t *actions, const char *log, int output, int errors) {
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (code == 0 && log) {
        code = posix_spawn_file_actions_addopen(actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
        if (code == 0) code = posix_spawn_file_actions_adddup2(actions, 1, 2);
    } else if (code == 0) {
        code = posix_spawn_file_actions_adddup2(actions, output, 1);
        if (code == 0)
            code = errors >= 0 ? posix_spawn_file_actions_adddup2(actions, errors, 2)
                               : posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    }
#ifdef __GLIBC__
    // Elsewhere an attribute does this, or every descriptor has its own flag.
    if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
    return code;
}

int cplatform_start_process(
    const char *path, char *const words[], char *const environment[], const char *log, bool reads_errors,
    bool keeps_streams, cplatform_process *process) {
    int output[2] = {-1, -1}, errors[2] = {-1, -1};
    bool has_pipes = !log && !keeps_streams;
    if (has_pipes && open_pipe(output) != 0) return errno;
    if (has_pipes && reads_errors && open_pipe(errors) != 0) {
        int code = errno;
        close_pipe(output);
        return code;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int code = keeps_streams ? set_files(&actions, NULL, 1, 2) : set_files(&actions, log, output[1], errors[1]);
    if (code == 0) code = set_attributes(&attributes);
    if (code == 0) code = posix_spawn(&process->identifier, path, &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (code != 0) {
        close_pipe(output);
        close_pipe(errors);
        return code;
    }
    if (output[1] >= 0) close(output[1]);
    if (errors[1] >= 0) close(errors[1]);
    if (output[0] >= 0) fcntl(output[0], F_SETFL, O_NONBLOCK);
    if (errors[0] >= 0) fcntl(errors[0], F_SETFL, O_NONBLOCK);
    process->output = output[0];
    process->errors = errors[0];
    return 0;
}

bool cplatform_has_ended(pid_t identifier, int *status) {
    siginfo_t information = {0};
    // The number of the group is not given to others before the process is waited for.
    if (waitid(P_PID, (id_t)identifier, &information, WEXITED | WNOHANG | WNOWAIT) == 0) {
        if (information.si_pid == 0) return false;
        kill(-identifier, SIGKILL);
    } else if (errno == EINTR) {
        return false;
    }
    *status = -1;
    while (waitpid(identifier, status, 0) < 0 && errno == EINTR) {}
    return true;
}
