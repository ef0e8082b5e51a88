// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Contexts of ciphers without tags: keys, parameters, and which functions they have. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/prov_ssl.h>
#include <openssl/proverr.h>
#include <string.h>

#include "algorithms.h"
#include "cipher.h"

static int no_padding(EVP_CIPHER_CTX *software)
{
	unsigned int pad = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, &pad),
		OSSL_PARAM_END,
	};

	return EVP_CIPHER_CTX_set_params(software, params);
}

static void free_cipher(void *context)
{
	struct vc_cipher *cipher = context;

	if (!cipher)
		return;
	vc_session_close(&cipher->provider->device, &cipher->session);
	EVP_CIPHER_CTX_free(cipher->software);
	OPENSSL_clear_free(cipher, sizeof(*cipher));
}

static void *new_cipher(void *provider, const struct vc_cipher_row *row)
{
	struct vc_cipher *cipher = OPENSSL_zalloc(sizeof(*cipher));

	if (!cipher)
		return NULL;
	cipher->provider = provider;
	cipher->row = row;
	cipher->pad = true;
	cipher->iv_known = cipher->software_there = true;
	cipher->software = vc_software_context(provider, row);
	if (cipher->software && no_padding(cipher->software))
		return cipher;
	free_cipher(cipher);
	return NULL;
}

/* Its session is its own. */
static void *copy_cipher(void *context)
{
	const struct vc_cipher *from = context;
	struct vc_cipher *cipher = OPENSSL_memdup(from, sizeof(*from));

	if (!cipher)
		return NULL;
	cipher->session = (struct vc_session) { 0 };
	cipher->software = EVP_CIPHER_CTX_new();
	if (cipher->tls_mac_at)
		cipher->tls_mac_at = cipher->tls_mac;
	if (cipher->software && EVP_CIPHER_CTX_copy(cipher->software, from->software))
		return cipher;
	free_cipher(cipher);
	return NULL;
}

/*
 * OpenSSL's way: a new message without an IV has the last one's, but in CTR mode, and where
 * nobody has ever given one, it goes on.
 */
static bool begins_again(const struct vc_cipher *cipher)
{
	return cipher->row->kind != VC_STREAM || cipher->row->mode != EVP_CIPH_CTR_MODE;
}

/* Software may have IVs that only we have given it, and would begin with its last one again. */
static int stay(struct vc_cipher *cipher)
{
	if (cipher->row->kind == VC_UNIT)
		return 1;
	if (!vc_cipher_next_iv(cipher, cipher->iv))
		return 0;
	cipher->iv_known = true;
	cipher->software_there = false;
	return 1;
}

static void set_iv(struct vc_cipher *cipher, const uint8_t *iv)
{
	cipher->rest_len = 0;
	if (!iv)
		return;
	memmove(cipher->first_iv, iv, cipher->row->iv_len);
	cipher->iv_given = true;
	memcpy(cipher->iv, cipher->first_iv, cipher->row->iv_len);
	cipher->iv_known = cipher->software_there = true;
}

static void set_key(struct vc_cipher *cipher, const uint8_t *key)
{
	vc_session_close(&cipher->provider->device, &cipher->session);
	memcpy(cipher->key, key, cipher->row->key_len);
	cipher->keyed = true;
	cipher->refused = false;
}

static int set_params(void *context, const OSSL_PARAM params[])
{
	struct vc_cipher *cipher = context;
	const OSSL_PARAM *found;
	unsigned int value;

	/* XTS has none of them. */
	if (cipher->row->kind == VC_UNIT)
		return 1;
	found = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_PADDING);
	if (found && !OSSL_PARAM_get_uint(found, &value))
		return vc_fail(PROV_R_FAILED_TO_GET_PARAMETER);
	if (found)
		cipher->pad = value;
	found = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_TLS_VERSION);
	if (found && (!OSSL_PARAM_get_uint(found, &value) || value == SSL3_VERSION))
		return vc_fail(PROV_R_FAILED_TO_GET_PARAMETER);
	if (found)
		cipher->tls_version = value;
	found = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_TLS_MAC_SIZE);
	if (found && !OSSL_PARAM_get_size_t(found, &cipher->tls_mac_len))
		return vc_fail(PROV_R_FAILED_TO_GET_PARAMETER);
	found = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_NUM);
	if (found && (!OSSL_PARAM_get_uint(found, &value) || value >= VC_BLOCK))
		return vc_fail(PROV_R_FAILED_TO_GET_PARAMETER);
	if (!found || cipher->row->kind != VC_STREAM)
		return 1;
	if (!vc_cipher_to_software(cipher) ||
	    !EVP_CIPHER_CTX_set_num(cipher->software, (int)value))
		return 0;
	cipher->rest_len = value;
	return 1;
}

static int start(struct vc_cipher *cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
		 size_t iv_len, const OSSL_PARAM params[], bool encrypt)
{
	/* Software's key schedule may be for one direction. */
	const uint8_t *again = cipher->keyed && encrypt != cipher->encrypt ? cipher->key : NULL;

	if (key && key_len != cipher->row->key_len)
		return vc_fail(PROV_R_INVALID_KEY_LENGTH);
	if (iv && iv_len != cipher->row->iv_len)
		return vc_fail(PROV_R_INVALID_IV_LENGTH);
	if (!cipher->row->iv_len)
		iv = NULL;
	/* Software may have been given others since. */
	else if (!iv && cipher->iv_given && begins_again(cipher))
		iv = cipher->first_iv;
	else if (!iv && begins_again(cipher) && !stay(cipher))
		return 0;
	if (!EVP_CipherInit_ex(cipher->software, NULL, NULL, key ? key : again, iv, encrypt)) {
		/* XTS looks at the key last: only software knows what it has taken. */
		cipher->refused = true;
		return 0;
	}
	cipher->encrypt = encrypt;
	if (key)
		set_key(cipher, key);
	set_iv(cipher, iv);
	return set_params(cipher, params);
}

static int start_encrypt(void *context, const uint8_t *key, size_t key_len, const uint8_t *iv,
			 size_t iv_len, const OSSL_PARAM params[])
{
	return start(context, key, key_len, iv, iv_len, params, true);
}

static int start_decrypt(void *context, const uint8_t *key, size_t key_len, const uint8_t *iv,
			 size_t iv_len, const OSSL_PARAM params[])
{
	return start(context, key, key_len, iv, iv_len, params, false);
}

static int put_bytes(OSSL_PARAM params[], const char *name, const uint8_t *bytes, size_t len)
{
	OSSL_PARAM *found = OSSL_PARAM_locate(params, name);

	return !found || vc_put_bytes(found, bytes, len);
}

/* A new key, if this cipher's are not just any bytes. */
static int make_key(struct vc_cipher *cipher, OSSL_PARAM *key)
{
	OSSL_PARAM params[] = { *key, OSSL_PARAM_END };

	return EVP_CIPHER_CTX_get_params(cipher->software, params);
}

static int get_params(void *context, OSSL_PARAM params[])
{
	struct vc_cipher *cipher = context;
	const struct vc_cipher_row *row = cipher->row;
	OSSL_PARAM *found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_UPDATED_IV);
	size_t num = row->kind == VC_STREAM ? cipher->rest_len : 0;

	if (found && !vc_cipher_next_iv(cipher, cipher->iv))
		return 0;
	found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_TLS_MAC);
	if (found && !OSSL_PARAM_set_octet_ptr(found, cipher->tls_mac_at, cipher->tls_mac_len))
		return vc_fail(PROV_R_FAILED_TO_SET_PARAMETER);
	found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_RANDOM_KEY);
	if (found && !make_key(cipher, found))
		return 0;
	if (!vc_put_size(params, OSSL_CIPHER_PARAM_KEYLEN, row->key_len) ||
	    !vc_put_size(params, OSSL_CIPHER_PARAM_IVLEN, row->iv_len) ||
	    !vc_put_size(params, OSSL_CIPHER_PARAM_PADDING, cipher->pad) ||
	    !vc_put_size(params, OSSL_CIPHER_PARAM_NUM, num) ||
	    !put_bytes(params, OSSL_CIPHER_PARAM_IV, cipher->first_iv, row->iv_len) ||
	    !put_bytes(params, OSSL_CIPHER_PARAM_UPDATED_IV, cipher->iv, row->iv_len))
		return vc_fail(PROV_R_FAILED_TO_SET_PARAMETER);
	return 1;
}

static const OSSL_PARAM *list_gettable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, NULL),
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_NUM, NULL),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_IV, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_UPDATED_IV, NULL, 0),
		OSSL_PARAM_octet_ptr(OSSL_CIPHER_PARAM_TLS_MAC, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_RANDOM_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

static const OSSL_PARAM *list_settable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, NULL),
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_NUM, NULL),
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_TLS_VERSION, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_TLS_MAC_SIZE, NULL),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

#define FUNCTIONS(id_, update_, final_) \
	static void *new_##id_(void *provider) \
	{ \
		return new_cipher(provider, &vc_ciphers[VC_##id_]); \
	} \
	static int facts_##id_(OSSL_PARAM params[]) \
	{ \
		return vc_cipher_facts(&vc_ciphers[VC_##id_], params); \
	} \
	const OSSL_DISPATCH vc_functions_##id_[] = { \
		{ OSSL_FUNC_CIPHER_NEWCTX, (void (*)(void))new_##id_ }, \
		{ OSSL_FUNC_CIPHER_FREECTX, (void (*)(void))free_cipher }, \
		{ OSSL_FUNC_CIPHER_DUPCTX, (void (*)(void))copy_cipher }, \
		{ OSSL_FUNC_CIPHER_ENCRYPT_INIT, (void (*)(void))start_encrypt }, \
		{ OSSL_FUNC_CIPHER_DECRYPT_INIT, (void (*)(void))start_decrypt }, \
		{ OSSL_FUNC_CIPHER_UPDATE, (void (*)(void))(update_) }, \
		{ OSSL_FUNC_CIPHER_FINAL, (void (*)(void))(final_) }, \
		{ OSSL_FUNC_CIPHER_CIPHER, (void (*)(void))vc_whole_update }, \
		{ OSSL_FUNC_CIPHER_GET_PARAMS, (void (*)(void))facts_##id_ }, \
		{ OSSL_FUNC_CIPHER_GETTABLE_PARAMS, (void (*)(void))vc_cipher_list_facts }, \
		{ OSSL_FUNC_CIPHER_GET_CTX_PARAMS, (void (*)(void))get_params }, \
		{ OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS, (void (*)(void))list_gettable }, \
		{ OSSL_FUNC_CIPHER_SET_CTX_PARAMS, (void (*)(void))set_params }, \
		{ OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS, (void (*)(void))list_settable }, \
		{ 0, NULL }, \
	};

#define BLOCKS(id_, ...) FUNCTIONS(id_, vc_blocks_update, vc_blocks_final)
#define WHOLE(id_, ...) FUNCTIONS(id_, vc_whole_update, vc_whole_final)

VC_BLOCK_CIPHERS(BLOCKS)
VC_STREAM_CIPHERS(WHOLE)
VC_UNIT_CIPHERS(WHOLE)
