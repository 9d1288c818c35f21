#define _GNU_SOURCE
#include "failure.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *calls, *path_part, *failure;
static int at, every, trace = -1;
static int count;

// Before any other code of the process; system calls are made directly, since the library replaces their functions.
__attribute__((constructor)) static void read_environment(void) {
  calls = getenv("FAIL_CALLS");
  path_part = getenv("FAIL_PATH");
  failure = getenv("FAIL_WITH");
  at = getenv("FAIL_AT") ? atoi(getenv("FAIL_AT")) : 0;
  every = getenv("FAIL_EVERY") ? atoi(getenv("FAIL_EVERY")) : 0;
  const char *file = getenv("FAIL_TRACE");
  if (file) trace = (int)syscall(SYS_open, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

int error_number(void) { return failure ? atoi(failure) : 0; }

bool failure_is(const char *word) { return failure && strcmp(failure, word) == 0; }

// Whether `function` is one of the words of `calls`.
static bool counts(const char *function) {
  if (!calls) return false;
  size_t length = strlen(function);
  for (const char *word = calls; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL)
    if (strncmp(word, function, length) == 0 && (word[length] == ',' || word[length] == 0)) return true;
  return false;
}

static bool is_next(const char *function, const char *path) {
  int number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
  if (trace >= 0) {
    char line[4200];
    int length = snprintf(line, sizeof line, "%s %s\n", function, path);
    syscall(SYS_write, trace, line, length);
  }
  if (every ? number % every != 0 : number != at) return false;
  if (failure_is("kill")) syscall(SYS_kill, getpid(), SIGKILL);
  return true;
}

bool fails(const char *function) { return counts(function) && is_next(function, ""); }

bool fails_on_path(const char *function, const char *path) {
  return counts(function) && path && path_part && strstr(path, path_part) && is_next(function, path);
}

bool fails_on_file(const char *function, int file) {
  if (!counts(function)) return false;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = 0;
  return fails_on_path(function, path);
}
