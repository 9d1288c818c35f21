#ifndef DRNET_KERNELS_H
#define DRNET_KERNELS_H

/// One file of OpenCL C, as it stands in the source tree.
typedef struct {
  /// Name within Sources/Kernels/cl, such as "adam.cl".
  const char *name;
  /// Its text, ended by a zero byte.
  const char *text;
} drnet_kernel_file;

/// Every kernel file; the list ends with an entry whose name is null.
const drnet_kernel_file *drnet_kernel_files(void);

#endif
