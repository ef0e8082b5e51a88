// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * TLS 1.2 with AEADs: libssl gives the head of each record, then the record in place.
 *
 *	GCM, CCM	| number, 8 | content | tag |	nonce: what is fixed, number
 *	ChaCha20	| content | tag, 16 |		nonce: what is fixed, xor number in head
 *
 * The number of GCM begins anywhere and is counted here; that of CCM is in the head.
 * In TLS 1.3 libssl does all that itself, and brings messages like others.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <string.h>
#include <sys/random.h>

#include "aead.h"

#define NUMBER 8
#define FIXED 4

static bool has_number(const struct vc_aead *aead)
{
	return aead->row->number != CRYPTO_CHACHA20_POLY1305;
}

/* What the head says is the record's length; what is authenticated is that of the content. */
int vc_aead_set_head(struct vc_aead *aead, const uint8_t *head, size_t len)
{
	bool is_ccm = aead->row->number == CRYPTO_AES_CCM;
	size_t tag = is_ccm ? aead->tag_len : VC_MAX_TAG, content;
	size_t around = (has_number(aead) ? NUMBER : 0) + (aead->encrypt ? 0 : tag);

	if (len != VC_RECORD_AAD)
		return 0;
	content = (size_t)head[len - 2] << 8 | head[len - 1];
	if (content < around)
		return 0;
	content -= around;
	memcpy(aead->head, head, len);
	aead->head[len - 2] = (uint8_t)(content >> 8);
	aead->head[len - 1] = (uint8_t)content;
	aead->record = true;
	aead->record_tag_len = tag;
	return 1;
}

int vc_aead_set_fixed(struct vc_aead *aead, const uint8_t *iv, size_t len)
{
	size_t rest = len == VC_WHOLE_IV ? 0 : aead->iv_len - len;
	bool fits = len == VC_WHOLE_IV || len == (has_number(aead) ? FIXED : aead->iv_len);

	if (aead->row->number == CRYPTO_AES_GCM)
		fits = len == VC_WHOLE_IV ||
		       (len >= FIXED && len <= aead->iv_len && rest >= NUMBER);
	if (!fits)
		return 0;
	memcpy(aead->next_iv, iv, len == VC_WHOLE_IV ? aead->iv_len : len);
	aead->numbered = true;
	if (aead->row->number != CRYPTO_AES_GCM)
		return 1;
	if (rest && aead->encrypt && getrandom(aead->next_iv + len, rest, 0) != (ssize_t)rest)
		return 0;
	memcpy(aead->iv, aead->next_iv, aead->iv_len);
	return vc_aead_begin(aead);
}

/* It is big-endian, and as long as eight bytes; they do not run out. */
static void count(uint8_t *number)
{
	int i;

	for (i = NUMBER - 1; i >= 0 && !++number[i]; i--)
		;
}

int vc_aead_make_iv(struct vc_aead *aead, uint8_t *number, size_t len)
{
	if (!aead->numbered || !aead->keyed || aead->iv_len < NUMBER)
		return 0;
	if (!len || len > aead->iv_len)
		len = aead->iv_len;
	memcpy(aead->iv, aead->next_iv, aead->iv_len);
	memcpy(number, aead->iv + aead->iv_len - len, len);
	count(aead->next_iv + aead->iv_len - NUMBER);
	return vc_aead_begin(aead);
}

int vc_aead_set_number(struct vc_aead *aead, const uint8_t *number, size_t len)
{
	if (!aead->numbered || !aead->keyed || aead->encrypt || len > aead->iv_len)
		return 0;
	memcpy(aead->next_iv + aead->iv_len - len, number, len);
	memcpy(aead->iv, aead->next_iv, aead->iv_len);
	return vc_aead_begin(aead);
}

/* The record's IV; @number is its place in the record. */
static int begin(struct vc_aead *aead, uint8_t *number)
{
	size_t i;

	if (aead->row->number == CRYPTO_AES_GCM)
		return aead->encrypt ? vc_aead_make_iv(aead, number, NUMBER) :
		       vc_aead_set_number(aead, number, NUMBER);
	if (!aead->numbered || !aead->keyed || aead->iv_len != FIXED + NUMBER)
		return 0;
	memcpy(aead->iv, aead->next_iv, aead->iv_len);
	if (!has_number(aead)) {
		for (i = 0; i < NUMBER; i++)
			aead->iv[FIXED + i] ^= aead->head[i];
		return vc_aead_begin(aead);
	}
	if (aead->encrypt)
		memcpy(number, aead->head, NUMBER);
	memcpy(aead->iv + FIXED, number, NUMBER);
	return vc_aead_begin(aead);
}

/* The tag is behind the data. */
static int by_software(struct vc_aead *aead, uint8_t *data, size_t len)
{
	uint8_t *tag = data + len, nothing[VC_BLOCK];
	int tag_len = (int)aead->tag_len, made;
	EVP_CIPHER_CTX *software = aead->software;

	if (!aead->encrypt && !EVP_CIPHER_CTX_ctrl(software, EVP_CTRL_AEAD_SET_TAG, tag_len, tag))
		return 0;
	vc_aead_announce(aead, len);
	if (!vc_aead_to_software(aead) || !vc_aead_by_software(aead, data, data, len) ||
	    !EVP_CipherFinal_ex(software, nothing, &made))
		return 0;
	return !aead->encrypt ||
	       EVP_CIPHER_CTX_ctrl(software, EVP_CTRL_AEAD_GET_TAG, tag_len, tag);
}

static int message(struct vc_aead *aead, uint8_t *data, size_t len)
{
	size_t size = len + (aead->encrypt ? 0 : aead->tag_len);
	uint8_t *copy = vc_aead_worth_it(aead, len) ? OPENSSL_memdup(data, size) : NULL;
	int error = copy ? vc_aead_ask(aead, data, copy, len) : 1, done = !error;

	if (copy && error && error != EBADMSG)
		memcpy(data, copy, size);
	if (error && error != EBADMSG)
		done = by_software(aead, data, len);
	OPENSSL_clear_free(copy, size);
	if (!done && !aead->encrypt)
		OPENSSL_cleanse(data, len);
	return done;
}

int vc_aead_record(struct vc_aead *aead, uint8_t *data, size_t *out_len, size_t len)
{
	size_t number = has_number(aead) ? NUMBER : 0, around = number + aead->record_tag_len;
	size_t tag_len = aead->tag_len;
	int done;

	aead->record = false;
	if (len < around || !begin(aead, data))
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	memcpy(aead->aad, aead->head, VC_RECORD_AAD);
	aead->aad_len = VC_RECORD_AAD;
	aead->tag_len = aead->record_tag_len;
	done = message(aead, data + number, len - around);
	aead->tag_len = tag_len;
	vc_aead_over(aead);
	if (!done)
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	*out_len = aead->encrypt ? len : len - around;
	return 1;
}
