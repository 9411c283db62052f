/* Breaks a program at a chosen step on its way to the disk, from outside: preloaded, it stands in
 * for the calls of libc that change files. Each such call on something under STEP_UNDER is a step,
 * counted from 1: create, truncate, write, fsync, rename, link, unlink, mkdir.
 *
 *   STEP_UNDER=PREFIX     paths that count
 *   STEP_KILL=before:N    SIGKILL before step N; after:N: behind it; within:N: when half of what
 *                         it writes is written (other steps have no half: as before)
 *   STEP_FULL=N           the disk is full from step N on
 *   STEP_FULL_ONCE=N      it has room for half of what step N writes, for nothing at the next
 *                         write, and for everything after that
 *   STEP_READONLY=PREFIX  nothing under it can be changed
 *   STEP_LOG=FILE         a line for each step: number, name, path; number 0: bytes to a socket
 *
 * Everything is a bare system call, so nothing here can be a step of its own. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NEEDS_ROOM = 1, CHANGES_FOLDER = 2 };

/* What is to become of one call. */
struct step {
    int number; /* 0: does not count */
    int error;  /* 0: let it through */
};

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static int is_under(const char *path, const char *name) {
    const char *prefix = setting(name);
    return prefix && strncmp(path, prefix, strlen(prefix)) == 0;
}

/* A cache is made anew in doubt, and what is mapped into memory is never relied on. */
static int is_of_no_consequence(const char *path) {
    size_t length = strlen(path);
    return strstr(path, "/.cache/") || (length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static int is_chosen(const char *when, int number) {
    const char *kill = setting("STEP_KILL");
    size_t length = strlen(when);
    return kill && strncmp(kill, when, length) == 0 && kill[length] == ':' &&
           atoi(kill + length + 1) == number;
}

static void die(void) {
    for (;;)
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static void note(int number, const char *name, const char *path) {
    const char *log = setting("STEP_LOG");
    if (!log)
        return;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%d %s %s\n", number, name, path);
    int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && length > 0 && (size_t)length < sizeof line)
        syscall(SYS_write, fd, line, (size_t)length);
    if (fd >= 0)
        syscall(SYS_close, fd);
}

static struct step begin(const char *name, const char *path, int nature) {
    static int count;
    struct step step = {0, 0};
    if (!is_under(path, "STEP_UNDER") || is_of_no_consequence(path))
        return step;
    step.number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    note(step.number, name, path);
    if (is_chosen("before", step.number))
        die();
    const char *full = setting("STEP_FULL");
    if (full && step.number >= atoi(full) && nature & NEEDS_ROOM)
        step.error = ENOSPC;
    if (nature & CHANGES_FOLDER && is_under(path, "STEP_READONLY"))
        step.error = EROFS;
    return step;
}

static long end(struct step step, long result) {
    if (is_chosen("within", step.number) || is_chosen("after", step.number))
        die();
    return result;
}

static long refuse(struct step step) {
    errno = step.error;
    return -1;
}

static int path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return 1;
}

/* A path as the caller means it, without resolving links. */
static const char *absolute(int folder, const char *path, char whole[PATH_MAX]) {
    if (*path == '/')
        return path;
    char base[PATH_MAX];
    if (folder != AT_FDCWD ? !path_of(folder, base) : !getcwd(base, sizeof base))
        return path;
    size_t length = strlen(base);
    if (length + strlen(path) + 2 > PATH_MAX)
        return path;
    memcpy(whole, base, length);
    whole[length] = '/';
    strcpy(whole + length + 1, path);
    return whole;
}

/* A write to a file; to a socket it is only noted. */
static int is_file(int fd, char path[PATH_MAX]) {
    struct stat facts;
    if (fstat(fd, &facts))
        return 0;
    if (S_ISSOCK(facts.st_mode))
        note(0, "send", "-");
    return S_ISREG(facts.st_mode) && path_of(fd, path);
}

static int is_there(int folder, const char *path) {
    return syscall(SYS_faccessat, folder, path, F_OK) == 0;
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    const char *place = absolute(folder, path, whole);
    int exists = is_there(folder, path);
    int changes = (flags & O_CREAT && !exists) || (flags & O_TRUNC && exists);
    if (!changes) {
        if ((flags & O_ACCMODE) != O_RDONLY && is_under(place, "STEP_READONLY")) {
            errno = EROFS;
            return -1;
        }
        return syscall(SYS_openat, folder, path, flags, mode);
    }
    const char *name = exists ? "truncate" : "create";
    struct step step = begin(name, place, NEEDS_ROOM | CHANGES_FOLDER);
    if (step.error)
        return refuse(step);
    return end(step, syscall(SYS_openat, folder, path, flags, mode));
}

#define OPEN(name, folder, ...)                                                                    \
    int name(__VA_ARGS__, int flags, ...) {                                                        \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                    \
        va_end(rest);                                                                              \
        return opened(folder, path, flags, mode);                                                  \
    }
OPEN(open, AT_FDCWD, const char *path)
OPEN(open64, AT_FDCWD, const char *path)
OPEN(openat, folder, int folder, const char *path)
OPEN(openat64, folder, int folder, const char *path)

static ssize_t written(int fd, const void *bytes, size_t count, off_t at, int placed) {
    char path[PATH_MAX];
    struct step step = {0, 0};
    if (is_file(fd, path))
        step = begin("write", path, NEEDS_ROOM);
    if (step.error)
        return refuse(step);
    if (step.number && is_chosen("within", step.number))
        count /= 2;
    static int is_full;
    const char *once = setting("STEP_FULL_ONCE");
    if (step.number && is_full) {
        is_full = 0;
        step.error = ENOSPC;
        return refuse(step);
    }
    if (step.number && once && step.number == atoi(once)) {
        is_full = 1;
        count /= 2;
    }
    if (placed)
        return end(step, syscall(SYS_pwrite64, fd, bytes, count, at));
    return end(step, syscall(SYS_write, fd, bytes, count));
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return written(fd, bytes, count, 0, 0);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return written(fd, bytes, count, at, 1);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return written(fd, bytes, count, at, 1);
}

/* A short write is a right answer; the caller goes on with the rest. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    if (count > 0 && is_file(fd, path))
        return written(fd, parts[0].iov_base, parts[0].iov_len, 0, 0);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    note(0, "send", "-");
    return syscall(SYS_sendto, fd, bytes, count, flags, NULL, 0);
}

static int on_file(const char *name, int fd, int nature, long call, long argument) {
    char path[PATH_MAX];
    struct step step = {0, 0};
    if (path_of(fd, path))
        step = begin(name, path, nature);
    if (step.error)
        return refuse(step);
    if (is_chosen("within", step.number))
        die();
    return end(step, syscall(call, fd, argument));
}

int fsync(int fd) { return on_file("fsync", fd, NEEDS_ROOM, SYS_fsync, 0); }
int fdatasync(int fd) { return on_file("fsync", fd, NEEDS_ROOM, SYS_fdatasync, 0); }
int ftruncate(int fd, off_t size) { return on_file("truncate", fd, 0, SYS_ftruncate, size); }
int ftruncate64(int fd, off64_t size) { return on_file("truncate", fd, 0, SYS_ftruncate, size); }

/* Both ends of a rename or link are told; the new one counts. */
static struct step paired(const char *name, int from, const char *old, int to, const char *new) {
    char whole[2][PATH_MAX], both[2 * PATH_MAX];
    const char *source = absolute(from, old, whole[0]);
    const char *target = absolute(to, new, whole[1]);
    snprintf(both, sizeof both, "%s %s", target, source);
    struct step step = begin(name, both, CHANGES_FOLDER);
    if (!step.error && is_under(source, "STEP_READONLY"))
        step.error = EROFS;
    if (is_chosen("within", step.number))
        die();
    return step;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    struct step step = paired("rename", from, old, to, new);
    return step.error ? refuse(step)
                      : end(step, syscall(SYS_renameat2, from, old, to, new, flags));
}

int renameat(int from, const char *old, int to, const char *new) {
    return renameat2(from, old, to, new, 0);
}

int rename(const char *old, const char *new) {
    return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    struct step step = paired("link", from, old, to, new);
    return step.error ? refuse(step) : end(step, syscall(SYS_linkat, from, old, to, new, flags));
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

static int in_folder(const char *name, int folder, const char *path, int nature, long call,
                     long argument) {
    char whole[PATH_MAX];
    struct step step = begin(name, absolute(folder, path, whole), nature | CHANGES_FOLDER);
    if (step.error)
        return refuse(step);
    if (is_chosen("within", step.number))
        die();
    return end(step, syscall(call, folder, path, argument));
}

int unlinkat(int folder, const char *path, int flags) {
    return in_folder("unlink", folder, path, 0, SYS_unlinkat, flags);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int mkdirat(int folder, const char *path, mode_t mode) {
    if (is_there(folder, path))
        return syscall(SYS_mkdirat, folder, path, mode);
    return in_folder("mkdir", folder, path, NEEDS_ROOM, SYS_mkdirat, mode);
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
