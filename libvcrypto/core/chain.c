// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A cipher and a hash over ranges of their own, in either order (VCRYPTO_VERB_CHAIN), put
 * together here of jobs, so that no backend has to know it.
 */
#include "internal.h"

static bool hash(struct vcrypto_op *op)
{
	return vcrypto_run_hash(op->session, &op->job, op->job.aad, true, false) &&
	       vcrypto_run_hash(op->session, &op->job, op->trailer, false, true);
}

enum vcrypto_status vcrypto_chain(struct vcrypto_op *op)
{
	struct vcrypto_cursor src = op->job.src;

	/* The source may be gone when the cipher has run. */
	if (op->hash_first && !hash(op))
		return VCRYPTO_ERROR;
	if (!vcrypto_run_cipher(op->session, &op->job, src, op->dst))
		return VCRYPTO_ERROR;
	return op->hash_first || hash(op) ? VCRYPTO_OK : VCRYPTO_ERROR;
}
