/// The C library's functions for files, which fail as `failure.h` says.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

/// The function that this library's hides.
#define NEXT(name)               \
  static __typeof__(name) *next; \
  if (!next) next = dlsym(RTLD_NEXT, #name)

#define FAIL_WITH(result)   \
  do {                      \
    errno = error_number(); \
    return result;          \
  } while (0)

/// Opening to read has a name of its own, as a process opens many files that it only reads.
static const char *opening(int flags) { return flags & (O_WRONLY | O_RDWR | O_CREAT) ? "open" : "open-to-read"; }

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

/// The mode is there if a file may be created.
#define OPEN(name)                                          \
  int name(const char *path, int flags, ...) {              \
    NEXT(name);                                             \
    va_list rest;                                           \
    va_start(rest, flags);                                  \
    mode_t mode = mode_of(flags, rest);                     \
    va_end(rest);                                           \
    if (fails_on_path(opening(flags), path)) FAIL_WITH(-1); \
    return next(path, flags, mode);                         \
  }

OPEN(open)
OPEN(open64)

int openat(int folder, const char *path, int flags, ...) {
  NEXT(openat);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  if (folder == AT_FDCWD ? fails_on_path(opening(flags), path) : fails_on_file(opening(flags), folder)) FAIL_WITH(-1);
  return next(folder, path, flags, mode);
}

int mkstemp(char *path) {
  NEXT(mkstemp);
  if (fails_on_path("open", path)) FAIL_WITH(-1);
  return next(path);
}

/// How many of `size` bytes a call that is to fail reads or writes: half of them if it is to be short.
static size_t short_of(size_t size) { return size > 1 ? size / 2 : size; }

ssize_t write(int file, const void *bytes, size_t size) {
  NEXT(write);
  if (!fails_on_file("write", file)) return next(file, bytes, size);
  if (failure_is("short")) return next(file, bytes, short_of(size));
  FAIL_WITH(-1);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  NEXT(pwrite);
  if (!fails_on_file("write", file)) return next(file, bytes, size, offset);
  if (failure_is("short")) return next(file, bytes, short_of(size), offset);
  FAIL_WITH(-1);
}

ssize_t read(int file, void *bytes, size_t size) {
  NEXT(read);
  if (!fails_on_file("read", file)) return next(file, bytes, size);
  if (failure_is("short")) return next(file, bytes, short_of(size));
  FAIL_WITH(-1);
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset) {
  NEXT(pread);
  if (!fails_on_file("read", file)) return next(file, bytes, size, offset);
  if (failure_is("short")) return next(file, bytes, short_of(size), offset);
  FAIL_WITH(-1);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  NEXT(mmap);
  if (file >= 0 && fails_on_file("mmap", file)) FAIL_WITH(MAP_FAILED);
  return next(address, size, protection, flags, file, offset);
}

/// Functions that only succeed or fail, on an open file.
#define ON_FILE(name, parameters, arguments)       \
  int name parameters {                            \
    NEXT(name);                                    \
    if (fails_on_file(#name, file)) FAIL_WITH(-1); \
    return next arguments;                         \
  }

ON_FILE(fsync, (int file), (file))
ON_FILE(ftruncate, (int file, off_t size), (file, size))
ON_FILE(flock, (int file, int operation), (file, operation))

/// A file is closed even if that fails, as by the kernel.
int close(int file) {
  NEXT(close);
  bool is_failing = fails_on_file("close", file);
  int result = next(file);
  if (is_failing) FAIL_WITH(-1);
  return result;
}

/// The same on a path.
#define ON_PATH(name, parameters, arguments, path) \
  int name parameters {                            \
    NEXT(name);                                    \
    if (fails_on_path(#name, path)) FAIL_WITH(-1); \
    return next arguments;                         \
  }

ON_PATH(rename, (const char *old, const char *path), (old, path), path)
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
ON_PATH(unlink, (const char *path), (path), path)
ON_PATH(rmdir, (const char *path), (path), path)
ON_PATH(link, (const char *old, const char *path), (old, path), path)

int renameat2(int old_folder, const char *old, int folder, const char *path, unsigned flags) {
  NEXT(renameat2);
  if (fails_on_path("rename", path)) FAIL_WITH(-1);
  return next(old_folder, old, folder, path, flags);
}
