// libpng, and a reader by its classic interface. The simplified one (png_image) converts pixels to sRGB by the gAMA
// chunk, so that frames that ffmpeg exports would differ from their video, and gives wrong rows for 16 bits with
// interlacing (libpng issue 853). Errors of the classic interface are long jumps, which Swift cannot take.
#pragma once

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/// A PNG file in memory that is being decoded.
struct png_source {
  /// The bytes not yet read, and how many they are.
  const png_byte *rest;
  size_t count;
  /// What is wrong with the file, in libpng's words.
  char problem[128];
};

static void png_source_read(png_structp png, png_bytep target, size_t count) {
  struct png_source *source = (struct png_source *)png_get_io_ptr(png);
  if (count > source->count) png_error(png, "the file ends early");
  memcpy(target, source->rest, count);
  source->rest += count;
  source->count -= count;
}

static void png_source_failed(png_structp png, png_const_charp problem) {
  struct png_source *source = (struct png_source *)png_get_error_ptr(png);
  snprintf(source->problem, sizeof source->problem, "%s", problem);
  png_longjmp(png, 1);
}

static void png_source_warned(png_structp png, png_const_charp problem) {
  (void)png;
  (void)problem;
}

/// Decodes to 8 bits with alpha, (height, width, channels + 1): the stored values, whatever gamma or profile the file
/// has. Palettes become RGB; 16 bits are divided by 257 and rounded.
/// - Parameter channels: 1 if the file stores grey pixels, otherwise 3.
/// - Returns: 0 if the file is damaged; `problem` says how.
static inline int png_source_decode(
    struct png_source *source, size_t width, size_t height, size_t channels, png_bytep target) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, png_source_failed, png_source_warned);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  png_set_read_fn(png, source, png_source_read);
  // All chunks but those of the pixels and tRNS.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t row_size = width * (channels + 1);
  if (png_get_image_height(png, info) != height || png_get_rowbytes(png, info) != row_size)
    png_error(png, "the pixels are not those of the header");
  for (; passes > 0; passes--)
    for (size_t row = 0; row < height; row++) png_read_row(png, target + row * row_size, NULL);
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}
