/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Memory for as long as a few requests take, each piece in its exact size: under
 * AddressSanitizer what surrounds a piece, and all of it after scratch_reset(), is
 * poisoned.  A tenth of what malloc() and free() cost there.
 */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include "fuzz.h"

/* @len bytes, aligned to 16, whatever is in them; a unique address for 0. */
void *scratch_alloc(size_t len);

/* All pieces are gone. */
void scratch_reset(void);

#endif /* FUZZ_SCRATCH_H */
