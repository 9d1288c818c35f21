#include <cblas.h>

/* LAPACK in the same library: solves A X = B for symmetric positive definite A, column-major; overwrites A and B. */
void dposv_(
    const char *uplo, const int *n, const int *nrhs, double *a, const int *lda, double *b, const int *ldb, int *info);
