// The OpenCL C sources, built into the binary so that it can be moved anywhere. A new file is two entries here; a test
// holds the list against the folder.
#include "kernels.h"

#include <stddef.h>

// #embed is C23, and an extension of the compiler in the older C that packages are built as.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char activation[] = {
#embed "cl/activation.cl" suffix(, 0)
};
static const char adam[] = {
#embed "cl/adam.cl" suffix(, 0)
};
static const char add[] = {
#embed "cl/add.cl" suffix(, 0)
};
static const char attention[] = {
#embed "cl/attention.cl" suffix(, 0)
};
static const char batch_norm[] = {
#embed "cl/batch_norm.cl" suffix(, 0)
};
static const char batch_norm_backward[] = {
#embed "cl/batch_norm_backward.cl" suffix(, 0)
};
static const char batch_norm_frozen[] = {
#embed "cl/batch_norm_frozen.cl" suffix(, 0)
};
static const char batch_norm_grouped[] = {
#embed "cl/batch_norm_grouped.cl" suffix(, 0)
};
static const char bias_backward[] = {
#embed "cl/bias_backward.cl" suffix(, 0)
};
static const char binary_cross_entropy[] = {
#embed "cl/binary_cross_entropy.cl" suffix(, 0)
};
static const char clear_padding[] = {
#embed "cl/clear_padding.cl" suffix(, 0)
};
static const char concatenate[] = {
#embed "cl/concatenate.cl" suffix(, 0)
};
static const char conv2d_backward_weight[] = {
#embed "cl/conv2d_backward_weight.cl" suffix(, 0)
};
static const char conv2d_backward_weight_tiled[] = {
#embed "cl/conv2d_backward_weight_tiled.cl" suffix(, 0)
};
static const char conv2d_direct[] = {
#embed "cl/conv2d_direct.cl" suffix(, 0)
};
static const char conv2d_gather[] = {
#embed "cl/conv2d_gather.cl" suffix(, 0)
};
static const char conv2d_scatter_windows[] = {
#embed "cl/conv2d_scatter_windows.cl" suffix(, 0)
};
static const char conv2d_tiled[] = {
#embed "cl/conv2d_tiled.cl" suffix(, 0)
};
static const char conv2d_tiled_loads[] = {
#embed "cl/conv2d_tiled_loads.h" suffix(, 0)
};
static const char conv2d_winograd[] = {
#embed "cl/conv2d_winograd.cl" suffix(, 0)
};
static const char conv2d_winograd_backward_weight[] = {
#embed "cl/conv2d_winograd_backward_weight.cl" suffix(, 0)
};
static const char cross_entropy[] = {
#embed "cl/cross_entropy.cl" suffix(, 0)
};
static const char dot_product[] = {
#embed "cl/dot_product.h" suffix(, 0)
};
static const char edge_error[] = {
#embed "cl/edge_error.cl" suffix(, 0)
};
static const char edge_error_grouped[] = {
#embed "cl/edge_error_grouped.cl" suffix(, 0)
};
static const char exponential_moving_average[] = {
#embed "cl/exponential_moving_average.cl" suffix(, 0)
};
static const char filter_transpose[] = {
#embed "cl/filter_transpose.cl" suffix(, 0)
};
static const char floats_from_halves[] = {
#embed "cl/floats_from_halves.cl" suffix(, 0)
};
static const char grouped_sums[] = {
#embed "cl/grouped_sums.cl" suffix(, 0)
};
static const char info_nce[] = {
#embed "cl/info_nce.cl" suffix(, 0)
};
static const char loss_scale[] = {
#embed "cl/loss_scale.cl" suffix(, 0)
};
static const char lstm[] = {
#embed "cl/lstm.cl" suffix(, 0)
};
static const char map_rows[] = {
#embed "cl/map_rows.h" suffix(, 0)
};
static const char mean_squared_error[] = {
#embed "cl/mean_squared_error.cl" suffix(, 0)
};
static const char multiply_add_peak[] = {
#embed "cl/multiply_add_peak.cl" suffix(, 0)
};
static const char multiply[] = {
#embed "cl/multiply.cl" suffix(, 0)
};
static const char pooling[] = {
#embed "cl/pooling.cl" suffix(, 0)
};
static const char prelude[] = {
#embed "cl/prelude.cl" suffix(, 0)
};
static const char relative_moments[] = {
#embed "cl/relative_moments.cl" suffix(, 0)
};
static const char shift_rows[] = {
#embed "cl/shift_rows.cl" suffix(, 0)
};
static const char sine[] = {
#embed "cl/sine.cl" suffix(, 0)
};
static const char slice_rows[] = {
#embed "cl/slice_rows.cl" suffix(, 0)
};
static const char stack_rows[] = {
#embed "cl/stack_rows.cl" suffix(, 0)
};
static const char sum_partials[] = {
#embed "cl/sum_partials.cl" suffix(, 0)
};
static const char taps[] = {
#embed "cl/taps.h" suffix(, 0)
};
static const char unit_length[] = {
#embed "cl/unit_length.cl" suffix(, 0)
};
static const char widen_halo[] = {
#embed "cl/widen_halo.cl" suffix(, 0)
};
static const char winograd[] = {
#embed "cl/winograd.h" suffix(, 0)
};

static const drnet_kernel_file files[] = {
    {"activation.cl", activation},
    {"adam.cl", adam},
    {"add.cl", add},
    {"attention.cl", attention},
    {"batch_norm.cl", batch_norm},
    {"batch_norm_backward.cl", batch_norm_backward},
    {"batch_norm_frozen.cl", batch_norm_frozen},
    {"batch_norm_grouped.cl", batch_norm_grouped},
    {"bias_backward.cl", bias_backward},
    {"binary_cross_entropy.cl", binary_cross_entropy},
    {"clear_padding.cl", clear_padding},
    {"concatenate.cl", concatenate},
    {"conv2d_backward_weight.cl", conv2d_backward_weight},
    {"conv2d_backward_weight_tiled.cl", conv2d_backward_weight_tiled},
    {"conv2d_direct.cl", conv2d_direct},
    {"conv2d_gather.cl", conv2d_gather},
    {"conv2d_scatter_windows.cl", conv2d_scatter_windows},
    {"conv2d_tiled.cl", conv2d_tiled},
    {"conv2d_tiled_loads.h", conv2d_tiled_loads},
    {"conv2d_winograd.cl", conv2d_winograd},
    {"conv2d_winograd_backward_weight.cl", conv2d_winograd_backward_weight},
    {"cross_entropy.cl", cross_entropy},
    {"dot_product.h", dot_product},
    {"edge_error.cl", edge_error},
    {"edge_error_grouped.cl", edge_error_grouped},
    {"exponential_moving_average.cl", exponential_moving_average},
    {"filter_transpose.cl", filter_transpose},
    {"floats_from_halves.cl", floats_from_halves},
    {"grouped_sums.cl", grouped_sums},
    {"info_nce.cl", info_nce},
    {"loss_scale.cl", loss_scale},
    {"lstm.cl", lstm},
    {"map_rows.h", map_rows},
    {"mean_squared_error.cl", mean_squared_error},
    {"multiply_add_peak.cl", multiply_add_peak},
    {"multiply.cl", multiply},
    {"pooling.cl", pooling},
    {"prelude.cl", prelude},
    {"relative_moments.cl", relative_moments},
    {"shift_rows.cl", shift_rows},
    {"sine.cl", sine},
    {"slice_rows.cl", slice_rows},
    {"stack_rows.cl", stack_rows},
    {"sum_partials.cl", sum_partials},
    {"taps.h", taps},
    {"unit_length.cl", unit_length},
    {"widen_halo.cl", widen_halo},
    {"winograd.h", winograd},
    {NULL, NULL},
};

const drnet_kernel_file *drnet_kernel_files(void) { return files; }
