/// OpenCL's functions, which fail as `failure.h` says.
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>

#include "failure.h"

/// The function that this library's hides.
#define NEXT(name)               \
  static __typeof__(name) *next; \
  if (!next) next = dlsym(RTLD_NEXT, #name)

/// A function that returns its error.
#define COMMAND(name, parameters, arguments)               \
  cl_int name parameters {                                 \
    NEXT(name);                                            \
    return fails(#name) ? error_number() : next arguments; \
  }

/// A function that returns a new object, and its error through `error`.
#define CREATION(type, name, parameters, arguments) \
  type name parameters {                            \
    NEXT(name);                                     \
    if (!fails(#name)) return next arguments;       \
    if (error) *error = error_number();             \
    return NULL;                                    \
  }

typedef void(CL_CALLBACK *ContextCallback)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *ProgramCallback)(cl_program, void *);

COMMAND(clGetPlatformIDs, (cl_uint room, cl_platform_id *platforms, cl_uint *count), (room, platforms, count))
COMMAND(
    clGetPlatformInfo, (cl_platform_id platform, cl_platform_info name, size_t size, void *value, size_t *used),
    (platform, name, size, value, used))
COMMAND(
    clGetDeviceIDs, (cl_platform_id platform, cl_device_type type, cl_uint room, cl_device_id *devices, cl_uint *count),
    (platform, type, room, devices, count))
COMMAND(
    clGetDeviceInfo, (cl_device_id device, cl_device_info name, size_t size, void *value, size_t *used),
    (device, name, size, value, used))
CREATION(
    cl_context, clCreateContext,
    (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices, ContextCallback callback,
     void *data, cl_int *error),
    (properties, count, devices, callback, data, error))
CREATION(
    cl_command_queue, clCreateCommandQueue,
    (cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *error),
    (context, device, properties, error))
CREATION(
    cl_program, clCreateProgramWithSource,
    (cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *error),
    (context, count, texts, lengths, error))
CREATION(
    cl_program, clCreateProgramWithBinary,
    (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,
     const unsigned char **binaries, cl_int *states, cl_int *error),
    (context, count, devices, lengths, binaries, states, error))
COMMAND(
    clBuildProgram,
    (cl_program program, cl_uint count, const cl_device_id *devices, const char *options, ProgramCallback callback,
     void *data),
    (program, count, devices, options, callback, data))
COMMAND(
    clGetProgramInfo, (cl_program program, cl_program_info name, size_t size, void *value, size_t *used),
    (program, name, size, value, used))
COMMAND(
    clGetProgramBuildInfo,
    (cl_program program, cl_device_id device, cl_program_build_info name, size_t size, void *value, size_t *used),
    (program, device, name, size, value, used))
CREATION(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *error), (program, name, error))
COMMAND(
    clCreateKernelsInProgram, (cl_program program, cl_uint room, cl_kernel *kernels, cl_uint *count),
    (program, room, kernels, count))
COMMAND(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value), (kernel, index, size, value))
COMMAND(
    clGetKernelWorkGroupInfo,
    (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info name, size_t size, void *value, size_t *used),
    (kernel, device, name, size, value, used))
CREATION(
    cl_mem, clCreateBuffer, (cl_context context, cl_mem_flags flags, size_t size, void *bytes, cl_int *error),
    (context, flags, size, bytes, error))
CREATION(
    cl_mem, clCreateSubBuffer,
    (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *region, cl_int *error),
    (buffer, flags, type, region, error))
COMMAND(
    clEnqueueReadBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size, void *bytes, cl_uint count,
     const cl_event *before, cl_event *event),
    (queue, buffer, blocking, offset, size, bytes, count, before, event))
COMMAND(
    clEnqueueWriteBuffer,
    (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size, const void *bytes,
     cl_uint count, const cl_event *before, cl_event *event),
    (queue, buffer, blocking, offset, size, bytes, count, before, event))
COMMAND(
    clEnqueueFillBuffer,
    (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size, size_t offset, size_t size,
     cl_uint count, const cl_event *before, cl_event *event),
    (queue, buffer, pattern, pattern_size, offset, size, count, before, event))
COMMAND(
    clEnqueueMarkerWithWaitList, (cl_command_queue queue, cl_uint count, const cl_event *before, cl_event *event),
    (queue, count, before, event))
COMMAND(clFlush, (cl_command_queue queue), (queue))
COMMAND(clFinish, (cl_command_queue queue), (queue))
COMMAND(clWaitForEvents, (cl_uint count, const cl_event *events), (count, events))
COMMAND(
    clGetEventInfo, (cl_event event, cl_event_info name, size_t size, void *value, size_t *used),
    (event, name, size, value, used))
COMMAND(
    clGetEventProfilingInfo, (cl_event event, cl_profiling_info name, size_t size, void *value, size_t *used),
    (event, name, size, value, used))

/// A launch that is skipped leaves a marker in its place, so that whoever waits for its event does not wait for ever.
cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
    const size_t *local, cl_uint count, const cl_event *before, cl_event *event) {
  NEXT(clEnqueueNDRangeKernel);
  if (!fails("clEnqueueNDRangeKernel"))
    return next(queue, kernel, dimensions, offset, global, local, count, before, event);
  if (!failure_is("skip")) return error_number();
  return event ? clEnqueueMarkerWithWaitList(queue, count, before, event) : CL_SUCCESS;
}
