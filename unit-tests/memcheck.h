/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Valgrind's memcheck, for tests that also have to build where it is not installed. */
#ifndef UNIT_MEMCHECK_H
#define UNIT_MEMCHECK_H

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_MAKE_MEM_UNDEFINED(at, len) ((void)(at), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(at, len) ((void)(at), (void)(len))
#endif

#endif /* UNIT_MEMCHECK_H */
