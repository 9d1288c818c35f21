// Taps of one axis of a window, when a transposed convolution visits a phase of its stride.

// Number of the `window` taps whose index is `residue` modulo `step`.
static int taps_of(int window, int residue, int step) { return (window - residue + step - 1) / step; }
