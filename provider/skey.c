// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>

#include "skey.h"

static void free_key(void *data)
{
	struct vc_skey *key = data;

	if (key)
		OPENSSL_clear_free(key, sizeof(*key) + key->len);
}

static const OSSL_PARAM *find_bytes(const OSSL_PARAM params[])
{
	const OSSL_PARAM *found = OSSL_PARAM_locate_const(params, OSSL_SKEY_PARAM_RAW_BYTES);

	if (!found || found->data_type != OSSL_PARAM_OCTET_STRING || !found->data_size)
		return NULL;
	return found;
}

static void *import_key(void *provider, int selection, const OSSL_PARAM params[])
{
	const OSSL_PARAM *found = find_bytes(params);
	struct vc_skey *key;

	(void)provider;
	(void)selection;
	if (!found)
		return NULL;
	key = OPENSSL_malloc(sizeof(*key) + found->data_size);
	if (!key)
		return NULL;
	key->len = found->data_size;
	memcpy(key->bytes, found->data, key->len);
	return key;
}

static void *import_aes(void *provider, int selection, const OSSL_PARAM params[])
{
	const OSSL_PARAM *found = find_bytes(params);
	size_t len = found ? found->data_size : 0;

	if (len == 16 || len == 24 || len == 32)
		return import_key(provider, selection, params);
	ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_KEY_LENGTH);
	return NULL;
}

static const OSSL_PARAM *list_importable(void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_octet_string(OSSL_SKEY_PARAM_RAW_BYTES, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return list;
}

/* The bytes are the key's own: who asks keeps the pointer. */
static int export_key(void *data, int selection, OSSL_CALLBACK *call, void *argument)
{
	struct vc_skey *key = data;
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_SKEY_PARAM_RAW_BYTES, key->bytes, key->len),
		OSSL_PARAM_END,
	};

	return selection & OSSL_SKEYMGMT_SELECT_SECRET_KEY ? call(params, argument) : 0;
}

#define FUNCTIONS(name, its_import) \
	const OSSL_DISPATCH vc_functions_##name[] = { \
		{ OSSL_FUNC_SKEYMGMT_FREE, (void (*)(void))free_key }, \
		{ OSSL_FUNC_SKEYMGMT_IMPORT, (void (*)(void))(its_import) }, \
		{ OSSL_FUNC_SKEYMGMT_EXPORT, (void (*)(void))export_key }, \
		{ OSSL_FUNC_SKEYMGMT_IMP_SETTABLE_PARAMS, (void (*)(void))list_importable }, \
		{ 0, NULL }, \
	};

FUNCTIONS(aes_key, import_aes)
FUNCTIONS(secret_key, import_key)
