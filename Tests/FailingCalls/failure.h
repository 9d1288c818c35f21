/// Decides which call of a library fails, for tests that load this one first (LD_PRELOAD).
///
/// The environment says which:
///   FAIL_CALLS  the names of the functions whose calls count, separated by commas: write,fsync
///   FAIL_PATH   of functions for files: only calls on paths that contain this count
///   FAIL_AT     the number of the call that fails, from 1
///   FAIL_EVERY  every so many calls fail instead
///   FAIL_WITH   the error's number (of errno, or of OpenCL), or a word: kill (the process, before the call), short
///   (half of
///               the bytes are read or written), skip (nothing is done, and success reported)
///   FAIL_TRACE  a file to which each call that counts is appended: a line of its name and path
#pragma once

#include <stdbool.h>

/// Whether this call of `function` is to fail. Does not return if it is to kill the process.
bool fails(const char *function);
/// Whether this call of `function` on the file at `path` is to fail.
bool fails_on_path(const char *function, const char *path);
/// Whether this call of `function` on an open file is to fail.
bool fails_on_file(const char *function, int file);

/// The number of the error.
int error_number(void);
/// Whether the failure is called `word`.
bool failure_is(const char *word);
