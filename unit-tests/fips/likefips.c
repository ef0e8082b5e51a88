// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A provider for OpenSSL that offers what its FIPS module offers, by way of the default
 * one, as algorithms with the property fips=yes.  So programs in FIPS mode can be tried
 * where that module is not packaged.  It validates nothing.
 */
#include <string.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#define MAX_ALGORITHMS 100

OSSL_provider_init_fn OSSL_provider_init;

/* One for each library context that loads this; found by what OpenSSL passes around. */
static struct instance {
	void *provctx;
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *inner;
} instances[8];

static struct instance *find(const void *provctx)
{
	size_t i;

	for (i = 0; i < sizeof(instances) / sizeof(instances[0]); i++)
		if (instances[i].provctx == provctx)
			return &instances[i];
	return NULL;
}

/* The first name begins with one of these. */
static int is_approved(const char *names)
{
	static const char *const approved[] = { "AES-", "DES-EDE3", "SHA", "HMAC" };
	size_t i;

	for (i = 0; i < sizeof(approved) / sizeof(approved[0]); i++)
		if (strncmp(names, approved[i], strlen(approved[i])) == 0)
			return 1;
	return 0;
}

static const OSSL_ALGORITHM *query(void *provctx, int operation, int *no_cache)
{
	static OSSL_ALGORITHM tables[3][MAX_ALGORITHMS + 1];
	const OSSL_ALGORITHM *from;
	OSSL_ALGORITHM *to;

	if (operation != OSSL_OP_DIGEST && operation != OSSL_OP_CIPHER && operation != OSSL_OP_MAC)
		return NULL;
	to = tables[operation - OSSL_OP_DIGEST];
	from = OSSL_PROVIDER_query_operation(find(provctx)->inner, operation, no_cache);
	for (; from && from->algorithm_names; from++)
		if (is_approved(from->algorithm_names) &&
		    to < tables[operation - OSSL_OP_DIGEST] + MAX_ALGORITHMS) {
			*to = *from;
			to->property_definition = "provider=likefips,fips=yes";
			to++;
		}
	to->algorithm_names = NULL;
	return tables[operation - OSSL_OP_DIGEST];
}

static void teardown(void *provctx)
{
	struct instance *instance = find(provctx);

	OSSL_PROVIDER_unload(instance->inner);
	OSSL_LIB_CTX_free(instance->context);
	memset(instance, 0, sizeof(*instance));
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown },
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
	{ 0, NULL },
};

/* The implementations are the default provider's, and so is what they are given. */
int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
		       const OSSL_DISPATCH **out, void **provctx)
{
	struct instance *instance = find(NULL);

	(void)handle;
	(void)in;
	if (!instance)
		return 0;
	instance->context = OSSL_LIB_CTX_new();
	instance->inner = OSSL_PROVIDER_load(instance->context, "default");
	if (!instance->inner)
		return 0;
	instance->provctx = OSSL_PROVIDER_get0_provider_ctx(instance->inner);
	*out = functions;
	*provctx = instance->provctx;
	return 1;
}
