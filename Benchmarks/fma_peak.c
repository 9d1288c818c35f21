/* Prints the rate of fused multiply-adds, in floating-point operations per second, of the given number of threads.
   Time is the processor's own, so that other programs do not lower the figure.
   Twelve independent sums per thread hide the latency of four to six cycles of two units; vectors are as wide as the
   processor's registers, which the compiler is told with -march=native. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __AVX512F__
#define WIDTH 16
#elif defined(__AVX__)
#define WIDTH 8
#else
#define WIDTH 4
#endif
typedef float vector __attribute__((vector_size(WIDTH * sizeof(float))));

enum { SUMS = 12, TURNS = 1 << 26 };

static void *multiply_add(void *slot) {
  float *rate = slot;
  vector sum[SUMS];
  vector factor = *rate - (vector){0};
  for (int i = 0; i < SUMS; i++) sum[i] = factor * (float)i;
  for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
    for (int i = 0; i < SUMS; i++) sum[i] = sum[i] * factor + factor;
  }
  for (int i = 1; i < SUMS; i++) sum[0] += sum[i];
  struct timespec spent;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  double operations = 2.0 * WIDTH * SUMS * TURNS;
  /* The sums are used, or the compiler would leave them out. */
  *rate = sum[0][0] > 0 ? operations / (spent.tv_sec + 1e-9 * spent.tv_nsec) : 0;
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  pthread_t thread[threads];
  float rate[threads];
  for (int i = 0; i < threads; i++) {
    rate[i] = 0.5f;
    if (pthread_create(&thread[i], NULL, multiply_add, &rate[i]) != 0) return 1;
  }
  double total = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(thread[i], NULL);
    total += rate[i];
  }
  printf("%.0f\n", total);
  return 0;
}
