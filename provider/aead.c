// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Contexts of ciphers with tags: keys, parameters, and which functions they have. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>

#include "aead.h"
#include "algorithms.h"

static void free_aead(void *context)
{
	struct vc_aead *aead = context;

	if (!aead)
		return;
	vc_session_close(&aead->provider->device, &aead->session);
	EVP_CIPHER_CTX_free(aead->software);
	OPENSSL_free(aead->sealed);
	OPENSSL_clear_free(aead, sizeof(*aead));
}

static void *new_aead(void *provider, const struct vc_cipher_row *row)
{
	struct vc_aead *aead = OPENSSL_zalloc(sizeof(*aead));
	bool is_ccm = row->number == CRYPTO_AES_CCM;

	if (!aead)
		return NULL;
	aead->provider = provider;
	aead->row = row;
	/* What OpenSSL's have, whatever they say without a context. */
	aead->iv_len = is_ccm ? 7 : row->iv_len;
	aead->tag_len = is_ccm ? 12 : VC_MAX_TAG;
	aead->software = vc_software_context(provider, row);
	if (aead->software)
		return aead;
	free_aead(aead);
	return NULL;
}

static void *copy_aead(void *context)
{
	const struct vc_aead *from = context;
	struct vc_aead *aead = OPENSSL_memdup(from, sizeof(*from));

	if (!aead)
		return NULL;
	aead->session = (struct vc_session) { 0 };
	aead->software = EVP_CIPHER_CTX_new();
	if (from->sealed)
		aead->sealed = OPENSSL_memdup(from->sealed, from->sealed_len);
	if (aead->software && EVP_CIPHER_CTX_copy(aead->software, from->software) &&
	    !aead->sealed == !from->sealed)
		return aead;
	free_aead(aead);
	return NULL;
}

/* CCM in software goes on with the lengths that it had when the key came, so it does all. */
static void change_lengths(struct vc_aead *aead, size_t iv_len, size_t tag_len)
{
	bool same = aead->iv_len == iv_len && aead->tag_len == tag_len;

	aead->refused |= aead->row->number == CRYPTO_AES_CCM && aead->keyed && !same;
	aead->iv_len = iv_len;
	aead->tag_len = tag_len;
}

/* Software knows which lengths there are. */
static int set_iv_len(struct vc_aead *aead, size_t len)
{
	if (len > sizeof(aead->iv) ||
	    !EVP_CIPHER_CTX_ctrl(aead->software, EVP_CTRL_AEAD_SET_IVLEN, (int)len, NULL))
		return vc_fail(PROV_R_INVALID_IV_LENGTH);
	if (aead->iv_len != len && aead->iv_set)
		aead->state = VC_AEAD_OVER;
	change_lengths(aead, len, aead->tag_len);
	return 1;
}

/* To be verified; or only its length. */
static int set_tag(struct vc_aead *aead, const OSSL_PARAM *param)
{
	OSSL_PARAM params[] = { *param, OSSL_PARAM_END };
	const uint8_t *tag = param->data;
	size_t len = param->data_size;
	bool same;

	if (!EVP_CIPHER_CTX_set_params(aead->software, params) || len > sizeof(aead->tag))
		return vc_fail(PROV_R_INVALID_TAG);
	same = aead->tag_given && tag && len == aead->tag_len &&
	       !CRYPTO_memcmp(tag, aead->tag, len);
	/* It has been verified with another. */
	if (aead->state == VC_AEAD_DEVICE && !aead->encrypt && !same)
		aead->state = VC_AEAD_OVER;
	change_lengths(aead, aead->iv_len, len);
	if (tag) {
		memcpy(aead->tag, tag, len);
		aead->tag_given = true;
	}
	return 1;
}

static int set_octets(struct vc_aead *aead, const OSSL_PARAM params[], const char *name,
		      int (*set)(struct vc_aead *aead, const uint8_t *bytes, size_t len))
{
	const OSSL_PARAM *found = OSSL_PARAM_locate_const(params, name);

	if (!found)
		return 1;
	if (found->data_type != OSSL_PARAM_OCTET_STRING || !found->data ||
	    !set(aead, found->data, found->data_size))
		return vc_fail(PROV_R_FAILED_TO_GET_PARAMETER);
	return 1;
}

static int set_params(void *context, const OSSL_PARAM params[])
{
	struct vc_aead *aead = context;
	const OSSL_PARAM *found;
	size_t len;

	if (!params)
		return 1;
	found = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_AEAD_TAG);
	if (found && !set_tag(aead, found))
		return 0;
	found = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_AEAD_IVLEN);
	if (found && (!OSSL_PARAM_get_size_t(found, &len) || !set_iv_len(aead, len)))
		return 0;
	return set_octets(aead, params, OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, vc_aead_set_fixed) &&
	       set_octets(aead, params, OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV,
			  vc_aead_set_number) &&
	       set_octets(aead, params, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, vc_aead_set_head);
}

static void set_key(struct vc_aead *aead, const uint8_t *key)
{
	vc_session_close(&aead->provider->device, &aead->session);
	memcpy(aead->key, key, aead->row->key_len);
	aead->keyed = true;
	aead->refused = aead->in_parts = false;
}

static void begin(struct vc_aead *aead, const uint8_t *iv)
{
	if (!iv)
		return;
	memcpy(aead->iv, iv, aead->iv_len);
	/* Numbers are counted on from here, and what records have in common comes this way, too. */
	memcpy(aead->next_iv, iv, aead->iv_len);
	aead->numbered |= aead->row->number == CRYPTO_CHACHA20_POLY1305;
	vc_aead_anew(aead);
	aead->record = false;
}

static int start(struct vc_aead *aead, const uint8_t *key, size_t key_len, const uint8_t *iv,
		 size_t iv_len, const OSSL_PARAM params[], bool encrypt)
{
	bool turns = aead->keyed && encrypt != aead->encrypt;
	/* CCM in software has taken it for one direction. */
	const uint8_t *again = turns && aead->row->number == CRYPTO_AES_CCM ? aead->key : NULL;

	if (key && key_len != aead->row->key_len)
		return vc_fail(PROV_R_INVALID_KEY_LENGTH);
	if (iv && iv_len != aead->iv_len && !set_iv_len(aead, iv_len))
		return 0;
	if (!EVP_CipherInit_ex(aead->software, NULL, NULL, key ? key : again, iv, encrypt))
		return 0;
	/* Neither are these the device's message, nor does software know of it. */
	if (aead->state == VC_AEAD_DEVICE && (key || encrypt != aead->encrypt))
		aead->state = VC_AEAD_OVER;
	aead->encrypt = encrypt;
	if (key)
		set_key(aead, key);
	begin(aead, iv);
	return set_params(aead, params);
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

/*
 * The result's: the device's, or software's.  Its length is not tag_len, which may be that of a tag
 * that was verified.  Software gives out the first bytes of one, but of CCM's only all.
 */
static int get_tag(struct vc_aead *aead, OSSL_PARAM *param)
{
	OSSL_PARAM params[] = { *param, OSSL_PARAM_END };
	size_t least = aead->row->number == CRYPTO_AES_CCM ? aead->tag_made : 1;

	if (!aead->encrypt)
		return vc_fail(PROV_R_INVALID_TAG);
	if (!aead->tag_made)
		return EVP_CIPHER_CTX_get_params(aead->software, params);
	if (param->data_size < least || param->data_size > aead->tag_made)
		return vc_fail(PROV_R_INVALID_TAG);
	return OSSL_PARAM_set_octet_string(param, aead->tag, param->data_size);
}

static int get_iv(struct vc_aead *aead, OSSL_PARAM *param)
{
	OSSL_PARAM params[] = { *param, OSSL_PARAM_END };

	/* It may have made one. */
	if (!aead->iv_set && !aead->numbered)
		return EVP_CIPHER_CTX_get_params(aead->software, params);
	return vc_put_bytes(param, aead->next_iv, aead->iv_len);
}

static int get_params(void *context, OSSL_PARAM params[])
{
	struct vc_aead *aead = context;
	OSSL_PARAM *found;

	if (!vc_put_size(params, OSSL_CIPHER_PARAM_KEYLEN, aead->row->key_len) ||
	    !vc_put_size(params, OSSL_CIPHER_PARAM_IVLEN, aead->iv_len) ||
	    !vc_put_size(params, OSSL_CIPHER_PARAM_AEAD_TAGLEN, aead->tag_len) ||
	    !vc_put_size(params, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, aead->record_tag_len))
		return vc_fail(PROV_R_FAILED_TO_SET_PARAMETER);
	found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_IV);
	if (found && !get_iv(aead, found))
		return 0;
	found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_UPDATED_IV);
	if (found && !get_iv(aead, found))
		return 0;
	found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN);
	if (found && (!found->data || !vc_aead_make_iv(aead, found->data, found->data_size)))
		return 0;
	found = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TAG);
	return !found || get_tag(aead, found);
}

static const OSSL_PARAM *list_gettable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_TAGLEN, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, NULL),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_IV, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_UPDATED_IV, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

static const OSSL_PARAM *list_settable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, NULL),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

#define FUNCTIONS(id_, ...) \
	static void *new_##id_(void *provider) \
	{ \
		return new_aead(provider, &vc_ciphers[VC_##id_]); \
	} \
	static int facts_##id_(OSSL_PARAM params[]) \
	{ \
		return vc_cipher_facts(&vc_ciphers[VC_##id_], params); \
	} \
	const OSSL_DISPATCH vc_functions_##id_[] = { \
		{ OSSL_FUNC_CIPHER_NEWCTX, (void (*)(void))new_##id_ }, \
		{ OSSL_FUNC_CIPHER_FREECTX, (void (*)(void))free_aead }, \
		{ OSSL_FUNC_CIPHER_DUPCTX, (void (*)(void))copy_aead }, \
		{ OSSL_FUNC_CIPHER_ENCRYPT_INIT, (void (*)(void))start_encrypt }, \
		{ OSSL_FUNC_CIPHER_DECRYPT_INIT, (void (*)(void))start_decrypt }, \
		{ OSSL_FUNC_CIPHER_UPDATE, (void (*)(void))vc_aead_update }, \
		{ OSSL_FUNC_CIPHER_FINAL, (void (*)(void))vc_aead_final }, \
		{ OSSL_FUNC_CIPHER_CIPHER, (void (*)(void))vc_aead_cipher }, \
		{ OSSL_FUNC_CIPHER_GET_PARAMS, (void (*)(void))facts_##id_ }, \
		{ OSSL_FUNC_CIPHER_GETTABLE_PARAMS, (void (*)(void))vc_cipher_list_facts }, \
		{ OSSL_FUNC_CIPHER_GET_CTX_PARAMS, (void (*)(void))get_params }, \
		{ OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS, (void (*)(void))list_gettable }, \
		{ OSSL_FUNC_CIPHER_SET_CTX_PARAMS, (void (*)(void))set_params }, \
		{ OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS, (void (*)(void))list_settable }, \
		{ 0, NULL }, \
	};

VC_AEADS(FUNCTIONS)
