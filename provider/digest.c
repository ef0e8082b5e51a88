// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>

#include "algorithms.h"
#include "hash.h"

struct vc_digest {
	struct vc_hash hash;	/* the first: what is a hash's owner */
	const struct vc_digest_row *row;
	EVP_MD_CTX *software;	/* NULL: not needed yet */
};

static int start_software(struct vc_hash *hash)
{
	struct vc_digest *digest = (struct vc_digest *)hash;
	const EVP_MD *software = vc_software_digest(hash->provider, digest->row);

	if (!digest->software)
		digest->software = EVP_MD_CTX_new();
	return digest->software && software &&
	       EVP_DigestInit_ex2(digest->software, software, NULL);
}

static int update_software(struct vc_hash *hash, const uint8_t *in, size_t len)
{
	return EVP_DigestUpdate(((struct vc_digest *)hash)->software, in, len);
}

static int end_software(struct vc_hash *hash, uint8_t *out)
{
	return EVP_DigestFinal_ex(((struct vc_digest *)hash)->software, out, NULL);
}

static const struct vc_hash_software by_software = {
	.start = start_software,
	.update = update_software,
	.final = end_software,
};

static void *new_digest(void *provider, const struct vc_digest_row *row)
{
	struct vc_digest *digest = OPENSSL_zalloc(sizeof(*digest));

	if (!digest)
		return NULL;
	digest->row = row;
	digest->hash.provider = provider;
	digest->hash.software = &by_software;
	digest->hash.number = row->number;
	return digest;
}

static void free_digest(void *context)
{
	struct vc_digest *digest = context;

	if (!digest)
		return;
	vc_hash_end(&digest->hash);
	EVP_MD_CTX_free(digest->software);
	OPENSSL_free(digest);
}

static void *copy_digest(void *context)
{
	const struct vc_digest *from = context;
	struct vc_digest *digest = OPENSSL_memdup(from, sizeof(*from));
	bool software = from->hash.state == VC_HASH_SOFTWARE;

	if (!digest)
		return NULL;
	digest->software = software ? EVP_MD_CTX_new() : NULL;
	if (vc_hash_part(&digest->hash, &from->hash) &&
	    (!software || (digest->software &&
			   EVP_MD_CTX_copy_ex(digest->software, from->software))))
		return digest;
	free_digest(digest);
	return NULL;
}

static int start(void *context, const OSSL_PARAM params[])
{
	struct vc_digest *digest = context;

	(void)params;
	/* There is no new key that would have the device tried again. */
	digest->hash.refused = false;
	vc_hash_start(&digest->hash);
	return 1;
}

static int update(void *context, const uint8_t *in, size_t len)
{
	struct vc_digest *digest = context;

	return vc_hash_update(&digest->hash, in, len);
}

static int final(void *context, uint8_t *out, size_t *out_len, size_t out_size)
{
	struct vc_digest *digest = context;
	uint8_t result[EVP_MAX_MD_SIZE];

	if (out_size < digest->row->size)
		return vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	if (!vc_hash_final(&digest->hash, result))
		return 0;
	memcpy(out, result, digest->row->size);
	*out_len = digest->row->size;
	return 1;
}

static int facts(const struct vc_digest_row *row, OSSL_PARAM params[])
{
	if (vc_put_size(params, OSSL_DIGEST_PARAM_BLOCK_SIZE, row->block) &&
	    vc_put_size(params, OSSL_DIGEST_PARAM_SIZE, row->size) &&
	    vc_put_size(params, OSSL_DIGEST_PARAM_XOF, 0) &&
	    vc_put_size(params, OSSL_DIGEST_PARAM_ALGID_ABSENT, row->algid_absent))
		return 1;
	return vc_fail(PROV_R_FAILED_TO_SET_PARAMETER);
}

static const OSSL_PARAM *list_facts(void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_size_t(OSSL_DIGEST_PARAM_BLOCK_SIZE, NULL),
		OSSL_PARAM_size_t(OSSL_DIGEST_PARAM_SIZE, NULL),
		OSSL_PARAM_int(OSSL_DIGEST_PARAM_XOF, NULL),
		OSSL_PARAM_int(OSSL_DIGEST_PARAM_ALGID_ABSENT, NULL),
		OSSL_PARAM_END,
	};

	(void)provider;
	return list;
}

#define FUNCTIONS(id_, ...) \
	static void *new_##id_(void *provider) \
	{ \
		return new_digest(provider, &vc_digests[VC_##id_]); \
	} \
	static int facts_##id_(OSSL_PARAM params[]) \
	{ \
		return facts(&vc_digests[VC_##id_], params); \
	} \
	const OSSL_DISPATCH vc_functions_##id_[] = { \
		{ OSSL_FUNC_DIGEST_NEWCTX, (void (*)(void))new_##id_ }, \
		{ OSSL_FUNC_DIGEST_FREECTX, (void (*)(void))free_digest }, \
		{ OSSL_FUNC_DIGEST_DUPCTX, (void (*)(void))copy_digest }, \
		{ OSSL_FUNC_DIGEST_INIT, (void (*)(void))start }, \
		{ OSSL_FUNC_DIGEST_UPDATE, (void (*)(void))update }, \
		{ OSSL_FUNC_DIGEST_FINAL, (void (*)(void))final }, \
		{ OSSL_FUNC_DIGEST_GET_PARAMS, (void (*)(void))facts_##id_ }, \
		{ OSSL_FUNC_DIGEST_GETTABLE_PARAMS, (void (*)(void))list_facts }, \
		{ 0, NULL }, \
	};

VC_DIGESTS(FUNCTIONS)
