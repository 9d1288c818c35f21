// Maps as rows of adjacent floats: `row` of them, W pixels of a block of channels. The next pixel is `block` floats on.

// Floats from a row to the next one of its map.
static int row_to_row(int row, int block, int halo) { return row + 2 * halo * block; }

// Floats before row `index` of all rows of all maps.
static size_t row_start(int index, int height, int row, int block, int halo) {
  const int map = index / height, y = index % height;
  return ((size_t)map * (height + 2 * halo) + y + halo) * row_to_row(row, block, halo) + halo * block;
}
