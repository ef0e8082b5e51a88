/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef REAL_BACKEND_H
#define REAL_BACKEND_H

#include <vcrypto/backends.h>

/*
 * The backend for tests of real cryptography: what the environment variable
 * VCRYPTO_BACKEND names, else the preferred one.  Ends the program as skipped where that one
 * is not built.
 */
const struct vcrypto_backend *real_backend(void);

/* What ctest takes for "skipped". */
#define EXIT_SKIP 77

#endif /* REAL_BACKEND_H */
