// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * HMAC.  Software's context always has the same digest and key; what it does not take is
 * refused.  Of a record that was encrypted with its MAC inside libssl wants a time that does
 * not tell where the content ends; that is left to software (tls-data-size).
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>
#include <strings.h>

#include "algorithms.h"
#include "hash.h"
#include "skey.h"

struct vc_hmac {
	struct vc_hash hash;	/* the first: what is a hash's owner */
	EVP_MAC_CTX *software;
	bool record;		/* libssl's: all is for software */
	uint32_t next_number;	/* the hash's with the next key */
	size_t size;		/* of a MAC with this key; software may say the next one's */
	uint8_t key[CRYPTO_HMAC_MAX_KEY_LEN];
};

static int start_software(struct vc_hash *hash)
{
	return EVP_MAC_init(((struct vc_hmac *)hash)->software, NULL, 0, NULL);
}

static int update_software(struct vc_hash *hash, const uint8_t *in, size_t len)
{
	return EVP_MAC_update(((struct vc_hmac *)hash)->software, in, len);
}

static int end_software(struct vc_hash *hash, uint8_t *out)
{
	struct vc_hmac *hmac = (struct vc_hmac *)hash;
	size_t len;

	return EVP_MAC_final(hmac->software, out, &len, EVP_MAX_MD_SIZE) && len == hmac->size;
}

static const struct vc_hash_software by_software = {
	.start = start_software,
	.update = update_software,
	.final = end_software,
};

static void free_hmac(void *context)
{
	struct vc_hmac *hmac = context;

	if (!hmac)
		return;
	vc_hash_end(&hmac->hash);
	EVP_MAC_CTX_free(hmac->software);
	OPENSSL_clear_free(hmac, sizeof(*hmac));
}

static void *new_hmac(void *provider)
{
	struct vc_hmac *hmac = OPENSSL_zalloc(sizeof(*hmac));
	EVP_MAC *software = vc_software_hmac(provider);

	if (!hmac)
		return NULL;
	hmac->hash.provider = provider;
	hmac->hash.software = &by_software;
	hmac->hash.key = hmac->key;
	hmac->software = software ? EVP_MAC_CTX_new(software) : NULL;
	if (hmac->software)
		return hmac;
	free_hmac(hmac);
	return NULL;
}

static void *copy_hmac(void *context)
{
	const struct vc_hmac *from = context;
	struct vc_hmac *hmac = OPENSSL_memdup(from, sizeof(*from));

	if (!hmac)
		return NULL;
	hmac->hash.key = hmac->key;
	hmac->software = EVP_MAC_CTX_dup(from->software);
	if (vc_hash_part(&hmac->hash, &from->hash) && hmac->software)
		return hmac;
	free_hmac(hmac);
	return NULL;
}

static void begin(struct vc_hmac *hmac)
{
	vc_hash_start(&hmac->hash);
	if (hmac->record)
		hmac->hash.state = VC_HASH_SOFTWARE;
}

static bool has_name(const char *names, const char *name)
{
	size_t len;

	for (; *names; names += len + (names[len] == ':')) {
		len = strcspn(names, ":");
		if (strlen(name) == len && !strncasecmp(names, name, len))
			return true;
	}
	return false;
}

static uint32_t find_number(const char *name)
{
	size_t i;

	for (i = 0; i < vc_digest_count; i++)
		if (has_name(vc_digests[i].names, name))
			return vc_digests[i].hmac;
	return 0;
}

/*
 * Properties are not for us, and software has one provider only.  It waits for a key, too.  Where
 * it fails it may have kept or dropped the digest before, so with the next key it does all.
 */
static int set_digest(struct vc_hmac *hmac, const OSSL_PARAM *param)
{
	OSSL_PARAM params[] = { *param, OSSL_PARAM_END };
	const char *name;

	hmac->next_number = 0;
	if (!OSSL_PARAM_get_utf8_string_ptr(param, &name) ||
	    !EVP_MAC_CTX_set_params(hmac->software, params))
		return vc_fail(PROV_R_FAILED_TO_GET_PARAMETER);
	hmac->next_number = find_number(name);
	return 1;
}

/* One that is longer than the device takes is software's. */
static int set_key(struct vc_hmac *hmac, const uint8_t *key, size_t len)
{
	if (!EVP_MAC_init(hmac->software, key, len, NULL))
		return 0;
	vc_hash_rekey(&hmac->hash);
	begin(hmac);
	hmac->size = EVP_MAC_CTX_get_mac_size(hmac->software);
	hmac->hash.number = hmac->next_number;
	hmac->hash.refused = len > sizeof(hmac->key);
	hmac->hash.key_len = len;
	if (!hmac->hash.refused && len)
		memcpy(hmac->key, key, len);
	return 1;
}

/* Nothing of the message has come yet, unless this changes nothing. */
static int set_record(struct vc_hmac *hmac, const OSSL_PARAM *param)
{
	OSSL_PARAM params[] = { *param, OSSL_PARAM_END };
	size_t len;

	if (!OSSL_PARAM_get_size_t(param, &len) ||
	    !EVP_MAC_CTX_set_params(hmac->software, params))
		return 0;
	if (hmac->record == (len > 0))
		return 1;
	hmac->record = len;
	begin(hmac);
	return 1;
}

static int set_params(void *context, const OSSL_PARAM params[])
{
	struct vc_hmac *hmac = context;
	const OSSL_PARAM *found;

	if (!params)
		return 1;
	found = OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_DIGEST);
	if (found && !set_digest(hmac, found))
		return 0;
	found = OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_KEY);
	if (found && (found->data_type != OSSL_PARAM_OCTET_STRING ||
		      !set_key(hmac, found->data, found->data_size)))
		return 0;
	found = OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_TLS_DATA_SIZE);
	return !found || set_record(hmac, found);
}

static int start(void *context, const uint8_t *key, size_t len, const OSSL_PARAM params[])
{
	struct vc_hmac *hmac = context;

	if (!set_params(hmac, params))
		return 0;
	if (key)
		return set_key(hmac, key, len);
	if (!EVP_MAC_init(hmac->software, NULL, 0, NULL))
		return 0;
	begin(hmac);
	return 1;
}

static int start_skey(void *context, void *data, const OSSL_PARAM params[])
{
	const struct vc_skey *key = data;

	return start(context, key->bytes, key->len, params);
}

static int update(void *context, const uint8_t *in, size_t len)
{
	struct vc_hmac *hmac = context;

	return vc_hash_update(&hmac->hash, in, len);
}

static int final(void *context, uint8_t *out, size_t *out_len, size_t out_size)
{
	struct vc_hmac *hmac = context;
	uint8_t result[EVP_MAX_MD_SIZE];

	if (!hmac->size || hmac->size > sizeof(result) || out_size < hmac->size)
		return vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	if (!vc_hash_final(&hmac->hash, result))
		return 0;
	memcpy(out, result, hmac->size);
	*out_len = hmac->size;
	return 1;
}

static int get_params(void *context, OSSL_PARAM params[])
{
	EVP_MAC_CTX *software = ((struct vc_hmac *)context)->software;

	return vc_put_size(params, OSSL_MAC_PARAM_SIZE, EVP_MAC_CTX_get_mac_size(software)) &&
	       vc_put_size(params, OSSL_MAC_PARAM_BLOCK_SIZE,
			   EVP_MAC_CTX_get_block_size(software));
}

static const OSSL_PARAM *list_gettable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, NULL),
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_BLOCK_SIZE, NULL),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

static const OSSL_PARAM *list_settable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_PROPERTIES, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_MAC_PARAM_KEY, NULL, 0),
		OSSL_PARAM_int(OSSL_MAC_PARAM_DIGEST_NOINIT, NULL),
		OSSL_PARAM_int(OSSL_MAC_PARAM_DIGEST_ONESHOT, NULL),
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, NULL),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

const OSSL_DISPATCH vc_functions_hmac[] = {
	{ OSSL_FUNC_MAC_NEWCTX, (void (*)(void))new_hmac },
	{ OSSL_FUNC_MAC_FREECTX, (void (*)(void))free_hmac },
	{ OSSL_FUNC_MAC_DUPCTX, (void (*)(void))copy_hmac },
	{ OSSL_FUNC_MAC_INIT, (void (*)(void))start },
	{ OSSL_FUNC_MAC_INIT_SKEY, (void (*)(void))start_skey },
	{ OSSL_FUNC_MAC_UPDATE, (void (*)(void))update },
	{ OSSL_FUNC_MAC_FINAL, (void (*)(void))final },
	{ OSSL_FUNC_MAC_GET_CTX_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_MAC_GETTABLE_CTX_PARAMS, (void (*)(void))list_gettable },
	{ OSSL_FUNC_MAC_SET_CTX_PARAMS, (void (*)(void))set_params },
	{ OSSL_FUNC_MAC_SETTABLE_CTX_PARAMS, (void (*)(void))list_settable },
	{ 0, NULL },
};
