// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The backend that a test adds as docs/hacking.md says: it hands on all that it gets to
 * libcrypto, so that what is tested is where a backend has to be named.
 */
#include <vcrypto/backends.h>

/* The other's objects lie in ours. */
#define ROOM 4096

static const struct vcrypto_backend *const inner = &vcrypto_backend_libcrypto;

static bool toy_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	return inner->provider_size <= ROOM && inner->session_size <= ROOM && !inner->flush &&
	       inner->open(provider, capabilities);
}

static void toy_close(void *provider)
{
	inner->close(provider);
}

static enum vcrypto_status toy_session_new(void *provider, void *session,
					   const struct vcrypto_session_spec *spec)
{
	return inner->session_new(provider, session, spec);
}

static void toy_session_free(void *provider, void *session)
{
	inner->session_free(provider, session);
}

static void toy_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	inner->submit(provider, jobs, count);
}

static bool toy_hash_copy(void *provider, void *to, const void *from)
{
	return inner->hash_copy(provider, to, from);
}

const struct vcrypto_backend vcrypto_backend_toy = {
	.name = "toy",
	.provider_size = ROOM,
	.session_size = ROOM,
	.open = toy_open,
	.close = toy_close,
	.session_new = toy_session_new,
	.session_free = toy_session_free,
	.submit = toy_submit,
	.hash_copy = toy_hash_copy,
};
