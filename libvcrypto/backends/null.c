// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* No cryptography at all; see backend.h. */
#include <vcrypto/backend.h>

static bool null_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	(void)provider;
	capabilities->ciphers = UINT64_MAX;
	capabilities->macs = UINT64_MAX;
	capabilities->streams = UINT64_MAX;
	return true;
}

static enum vcrypto_status null_session_new(void *provider, void *session,
					    const struct vcrypto_session_spec *spec)
{
	(void)provider;
	(void)session;
	(void)spec;
	return VCRYPTO_OK;
}

static void null_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	struct vcrypto_walk walk;
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++) {
		vcrypto_walk_start(&walk, jobs[i]->src, jobs[i]->dst, 1);
		while (vcrypto_walk_next(&walk))
			memmove(walk.out, walk.in, walk.len);
		vcrypto_walk_finish(&walk);
		memset(jobs[i]->tag, 0, sizeof(jobs[i]->tag));
		jobs[i]->status = VCRYPTO_OK;
	}
}

static bool null_hash_copy(void *provider, void *to, const void *from)
{
	(void)provider;
	(void)to;
	(void)from;
	return true;
}

const struct vcrypto_backend vcrypto_backend_null = {
	.name = "null",
	.open = null_open,
	.session_new = null_session_new,
	.submit = null_submit,
	.hash_copy = null_hash_copy,
};
