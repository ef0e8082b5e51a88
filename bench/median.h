/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Medians, for the benchmarks on the host and in the guest. */
#ifndef BENCH_MEDIAN_H
#define BENCH_MEDIAN_H

#include <stdlib.h>
#include <string.h>

/* How many values a median may be of. */
#define MAX_ROUNDS 99

static inline int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* @count: 1 ... MAX_ROUNDS.  Of two in the middle, the upper one. */
static inline double median(const double *values, size_t count)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), compare_doubles);
	return sorted[count / 2];
}

/* The median of @over[i] / @under[i]. */
static inline double median_ratio(const double *over, const double *under, size_t count)
{
	double ratios[MAX_ROUNDS];
	size_t i;

	for (i = 0; i < count; i++)
		ratios[i] = over[i] / under[i];
	return median(ratios, count);
}

/* The median of @from[i] - @take[i]. */
static inline double median_difference(const double *from, const double *take, size_t count)
{
	double differences[MAX_ROUNDS];
	size_t i;

	for (i = 0; i < count; i++)
		differences[i] = from[i] - take[i];
	return median(differences, count);
}

#endif /* BENCH_MEDIAN_H */
