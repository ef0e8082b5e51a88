// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What libcrypto loads: configuration, and what is offered. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/proverr.h>
#include <stdlib.h>
#include <string.h>

#include <vcrypto/version.h>

#include "algorithms.h"
#include "skey.h"

#define NAME "OpenSSL provider for /dev/crypto"
#define PROPERTIES "provider=vcrypto"

/* Zeros are no good key for XTS. */
static bool device_has(struct vc_provider *provider, struct session_op *op)
{
	uint8_t key[VC_MAX_KEY];
	struct vc_session session = { 0 };
	size_t i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	op->key = op->mackey = key;
	if (vc_session_open(&provider->device, &session, op))
		return false;
	vc_session_close(&provider->device, &session);
	return true;
}

static void offer(OSSL_ALGORITHM *list, size_t *count, const char *names,
		  const OSSL_DISPATCH *functions)
{
	list[(*count)++] = (OSSL_ALGORITHM) { names, PROPERTIES, functions, NULL };
}

/* One key length stands for all: who has a cipher has them, and if not software has. */
static void list_ciphers(struct vc_provider *provider, OSSL_ALGORITHM *list, size_t *count)
{
	const struct vc_cipher_row *row;
	bool has = false;

	for (row = vc_ciphers; row < vc_ciphers + vc_cipher_count; row++) {
		struct session_op op = { .cipher = row->number, .keylen = row->key_len };

		if (row == vc_ciphers || row->number != row[-1].number)
			has = device_has(provider, &op);
		if (has)
			offer(list, count, row->names, row->functions);
	}
}

static void list_digests(struct vc_provider *provider, OSSL_ALGORITHM *list, size_t *count)
{
	const struct vc_digest_row *row;

	for (row = vc_digests; row < vc_digests + vc_digest_count; row++) {
		struct session_op op = { .mac = row->number };

		if (device_has(provider, &op))
			offer(list, count, row->names, row->functions);
	}
}

/* With digests that the device has not, software does it. */
static void list_macs(struct vc_provider *provider, OSSL_ALGORITHM *list, size_t *count)
{
	struct session_op op = { .mac = CRYPTO_SHA2_256_HMAC, .mackeylen = VC_BLOCK };

	if (device_has(provider, &op))
		offer(list, count, "HMAC", vc_functions_hmac);
}

/* Where the ciphers are somebody else's, they would not take our keys. */
static void list_keys(struct vc_provider *provider, OSSL_ALGORITHM *list, size_t *count)
{
	struct session_op op = { .cipher = CRYPTO_AES_CBC, .keylen = 16 };

	if (!(provider->operations & 1u << OSSL_OP_CIPHER) || !device_has(provider, &op))
		return;
	offer(list, count, "AES:2.16.840.1.101.3.4.1", vc_functions_aes_key);
	offer(list, count, "GENERIC-SECRET", vc_functions_secret_key);
}

/* Zeros at the end. */
static OSSL_ALGORITHM *make_list(struct vc_provider *provider, int operation)
{
	OSSL_ALGORITHM *list = calloc(vc_cipher_count + vc_digest_count, sizeof(*list));
	size_t count = 0;

	if (list && operation == OSSL_OP_CIPHER)
		list_ciphers(provider, list, &count);
	if (list && operation == OSSL_OP_DIGEST)
		list_digests(provider, list, &count);
	if (list && operation == OSSL_OP_MAC)
		list_macs(provider, list, &count);
	if (list && operation == OSSL_OP_SKEYMGMT)
		list_keys(provider, list, &count);
	return list;
}

/* libcrypto keeps the answer; several threads may ask at once. */
static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
	struct vc_provider *provider = context;
	OSSL_ALGORITHM *list, *there;

	*no_cache = 0;
	if (operation < 0 || (size_t)operation >= VC_COUNT(provider->offered) ||
	    !(provider->operations & 1u << operation))
		return NULL;
	there = atomic_load(&provider->offered[operation]);
	if (there)
		return there;
	list = make_list(provider, operation);
	if (atomic_compare_exchange_strong(&provider->offered[operation], &there, list))
		return list;
	free(list);
	return there;
}

static const OSSL_PARAM *list_params(void *context)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
		OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
		OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
		OSSL_PARAM_END,
	};

	(void)context;
	return list;
}

static int put_text(OSSL_PARAM params[], const char *name, const char *text)
{
	OSSL_PARAM *found = OSSL_PARAM_locate(params, name);

	return !found || OSSL_PARAM_set_utf8_ptr(found, text);
}

static int get_params(void *context, OSSL_PARAM params[])
{
	OSSL_PARAM *status = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);

	(void)context;
	return put_text(params, OSSL_PROV_PARAM_NAME, NAME) &&
	       put_text(params, OSSL_PROV_PARAM_VERSION, VCRYPTO_VERSION_STRING) &&
	       put_text(params, OSSL_PROV_PARAM_BUILDINFO, VCRYPTO_VERSION_STRING) &&
	       (!status || OSSL_PARAM_set_int(status, 1));
}

static void teardown(void *context)
{
	struct vc_provider *provider = context;
	size_t i;

	if (provider->path)
		vc_device_stop(&provider->device);
	vc_forget_software(provider);
	free(provider->ciphers);
	free(provider->digests);
	if (provider->software)
		OSSL_PROVIDER_unload(provider->software);
	OSSL_LIB_CTX_free(provider->libctx);
	for (i = 0; i < VC_COUNT(provider->offered); i++)
		free(atomic_load(&provider->offered[i]));
	free(provider->path);
	free(provider);
}

/* A number of bytes, or false. */
static bool read_size(const char *text, size_t *size)
{
	char *end;
	unsigned long long value;

	if (!text)
		return true;
	value = strtoull(text, &end, 10);
	if (end == text || *end || *text == '-' || value > 1u << 30)
		return false;
	*size = (size_t)value;
	return true;
}

/* "ciphers digests macs", or some of them. */
static bool read_operations(const char *text, unsigned int *operations)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} kinds[] = {
		{ "ciphers", 1u << OSSL_OP_CIPHER },
		{ "digests", 1u << OSSL_OP_DIGEST },
		{ "macs", 1u << OSSL_OP_MAC },
	};
	size_t len, i;

	for (*operations = 0; *(text += strspn(text, " ,")); text += len) {
		len = strcspn(text, " ,");
		for (i = 0; i < VC_COUNT(kinds); i++)
			if (strlen(kinds[i].name) == len && !strncmp(kinds[i].name, text, len))
				break;
		if (i == VC_COUNT(kinds))
			return false;
		*operations |= kinds[i].bit;
	}
	return true;
}

/* What the provider's section of openssl.cnf says. */
static bool configure(struct vc_provider *provider, OSSL_FUNC_core_get_params_fn *ask)
{
	char *path = NULL, *bytes = NULL, *digest_bytes = NULL, *operations = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_ptr("device", &path, 0),
		OSSL_PARAM_utf8_ptr("min-bytes", &bytes, 0),
		OSSL_PARAM_utf8_ptr("min-digest-bytes", &digest_bytes, 0),
		OSSL_PARAM_utf8_ptr("operations", &operations, 0),
		OSSL_PARAM_END,
	};

	if (ask && !ask(provider->handle, params))
		return false;
	provider->min_bytes = provider->min_digest_bytes = VC_MIN_BYTES;
	if (!read_size(bytes, &provider->min_bytes))
		return false;
	provider->min_digest_bytes = provider->min_bytes;
	if (!read_size(digest_bytes, &provider->min_digest_bytes) ||
	    !read_operations(operations ? operations : "ciphers digests macs",
			     &provider->operations))
		return false;
	provider->operations |= 1u << OSSL_OP_SKEYMGMT;
	path = strdup(path ? path : VC_DEVICE);
	if (!path || !vc_device_start(&provider->device, path)) {
		free(path);
		return false;
	}
	provider->path = path;
	return true;
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown },
	{ OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))list_params },
	{ OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
	{ 0, NULL },
};

static OSSL_FUNC_core_get_params_fn *find_get_params(const OSSL_DISPATCH *in)
{
	for (; in->function_id; in++)
		if (in->function_id == OSSL_FUNC_CORE_GET_PARAMS)
			return OSSL_FUNC_core_get_params(in);
	return NULL;
}

OSSL_provider_init_fn OSSL_provider_init;

__attribute__((visibility("default")))
int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
		       const OSSL_DISPATCH **out, void **context)
{
	struct vc_provider *provider = calloc(1, sizeof(*provider));

	if (!provider)
		return 0;
	provider->handle = handle;
	provider->ciphers = calloc(vc_cipher_count, sizeof(*provider->ciphers));
	provider->digests = calloc(vc_digest_count, sizeof(*provider->digests));
	provider->libctx = OSSL_LIB_CTX_new();
	if (provider->libctx && provider->ciphers && provider->digests)
		provider->software = OSSL_PROVIDER_load(provider->libctx, "default");
	if (!provider->software || !configure(provider, find_get_params(in))) {
		teardown(provider);
		return 0;
	}
	*out = functions;
	*context = provider;
	return 1;
}
