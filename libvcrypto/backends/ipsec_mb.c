// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Intel's multi-buffer library beside libcrypto: each job that it can do is its.
 *
 * It is opened when a lane is, not linked: where it is missing, all is libcrypto's.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "ipsec_mb.h"

/* The header says how its structures look, and they differ from one major number to the next. */
#define TEXT(number) #number
#define SONAME(major) "libIPSec_MB.so." TEXT(major)
#if IMB_VERSION_NUM >= IMB_VERSION(2, 0, 0)
#define LIBRARY SONAME(2)
#else
#define LIBRARY SONAME(1)
#endif

/* A function of the library; objects and functions are one in POSIX. */
#define FIND(library, pointer, name) (*(void **)(void *)&(pointer) = dlsym(library, name))

static bool start_manager(struct ipsec_mb_provider *provider)
{
	IMB_MGR *(*alloc)(uint64_t flags);
	void (*init)(IMB_MGR *manager, IMB_ARCH *arch);
	IMB_ARCH arch;

	if (!FIND(provider->library, alloc, "alloc_mb_mgr") ||
	    !FIND(provider->library, init, "init_mb_mgr_auto") ||
	    !FIND(provider->library, provider->free, "free_mb_mgr"))
		return false;
	provider->manager = alloc(0);
	if (!provider->manager)
		return false;
	init(provider->manager, &arch);
	provider->wide = arch >= IMB_ARCH_AVX512;
	if (!provider->manager->get_next_job || arch == IMB_ARCH_NONE) {
		provider->free(provider->manager);
		provider->manager = NULL;
		return false;
	}
	return true;
}

bool vcrypto_backend_ipsec_mb_open(void *memory, struct vcrypto_capabilities *capabilities,
				   const struct ipsec_mb_rules *rules)
{
	struct ipsec_mb_provider *provider = memory;
	const struct vcrypto_backend *rest = &vcrypto_backend_libcrypto;

	if (rest->session_size != sizeof(struct libcrypto_session) ||
	    rest->key_size != sizeof(struct libcrypto_key))
		return false;
	provider->rest = calloc(1, rest->provider_size);
	if (!provider->rest || !rest->open(provider->rest, capabilities)) {
		free(provider->rest);
		return false;
	}
	/* Not beside one that is there to do all of the cryptography, as a FIPS module is. */
	if (vcrypto_backend_libcrypto_is_lenient(provider->rest)) {
		provider->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
		capabilities->missing = provider->library ? NULL : LIBRARY;
	}
	if (provider->library && !start_manager(provider)) {
		dlclose(provider->library);
		provider->library = NULL;
	}
	provider->rules = provider->wide ? rules->wide : rules->narrow;
	return true;
}

void vcrypto_backend_ipsec_mb_close(void *memory)
{
	struct ipsec_mb_provider *provider = memory;

	if (provider->library) {
		provider->free(provider->manager);
		dlclose(provider->library);
	}
	vcrypto_backend_libcrypto.close(provider->rest);
	OPENSSL_cleanse(provider->rest, vcrypto_backend_libcrypto.provider_size);
	free(provider->rest);
}

static bool open_all(void *provider, struct vcrypto_capabilities *capabilities)
{
	static const struct ipsec_mb_rule all = { .jobs = 1 };

	return vcrypto_backend_ipsec_mb_open(provider, capabilities,
					     &(struct ipsec_mb_rules){ &all, &all });
}

const struct vcrypto_backend vcrypto_backend_ipsec_mb =
	IPSEC_MB_BACKEND("ipsec_mb", open_all);
