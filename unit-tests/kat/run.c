// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A vector: one session, used again for every cut and both directions. */
#include <stdlib.h>

#include "kat.h"

#define PADDING 16

/* --- what the interface cannot say, or this device not do --- */

static const char *cannot_aead(const struct vector *vector, const struct vcrypto_cipher *cipher)
{
	bool ccm = cipher->id == VCRYPTO_CIPHER_AES_CCM;
	size_t nonce = vector->iv.len;

	if (vector->next_iv.given)
		return "an IV that comes out of an AEAD";
	if (ccm ? nonce < 7 || nonce > 13 : nonce != cipher->iv_len)
		return ccm ? "a nonce of a length that CCM does not take" :
			     "an IV of another length than 12 bytes";
	if (!vcrypto_tag_len_ok(cipher, (uint32_t)vector->tag.len))
		return "a tag of a length that is not allowed";
	if (ccm && nonce > 11 && vector->ciphertext.len >> (8 * (15 - nonce)))
		return "a payload longer than the nonce leaves room for";
	return NULL;
}

static const char *cannot_cipher(const struct vector *vector,
				 const struct vcrypto_cipher *cipher)
{
	const struct bytes *text = vector->padded || !vector->plaintext.given ?
		&vector->ciphertext : &vector->plaintext;

	if (vector->tag.given || vector->aad.given)
		return "a tag or AAD without an AEAD";
	if (vector->iv.len != cipher->iv_len)
		return "an IV of another length than the cipher's";
	if (text->len % cipher->block)
		return "a length that is not a whole number of blocks";
	return NULL;
}

static const char *cannot_mac(const struct vector *vector, const struct vcrypto_mac *mac)
{
	if (mac->iv_len && vector->iv.len != mac->iv_len)
		return "an IV of another length than 12 bytes";
	return NULL;
}

static const char *cannot_say(const struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	enum vcrypto_status status;

	status = vcrypto_check_algorithms(UINT64_MAX, UINT64_MAX, vector->cipher, vector->mac,
					  (uint32_t)vector->key.len,
					  (uint32_t)vector->mac_key.len);
	if (status == VCRYPTO_BAD_KEY)
		return "a key of a length that is not allowed";
	if (status != VCRYPTO_OK)
		return "algorithms that do not go together";
	if (!cipher)
		return cannot_mac(vector, vcrypto_mac_find(vector->mac));
	return cipher->tag_len ? cannot_aead(vector, cipher) : cannot_cipher(vector, cipher);
}

/* Whether a message is longer than one request, and cannot be cut into several. */
static bool too_long(const struct kat *kat, const struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	size_t len = vector->plaintext.len > vector->ciphertext.len ? vector->plaintext.len :
								      vector->ciphertext.len;

	if (!cipher && kat->transport->one_request)
		return vector->message.len * vector->repeat > kat->transport->longest;
	if (!cipher || len <= kat->transport->longest)
		return false;
	if (cipher->tag_len)
		return !kat->transport->can_continue(kat->device, cipher->id);
	return cipher->id == VCRYPTO_CIPHER_AES_XTS;
}

/* Counts @vector as skipped if it cannot run. */
static bool skipped(struct kat *kat, const struct vector *vector)
{
	const char *name = kat_algorithm(vector);
	const char *detail = cannot_say(vector);

	if (detail)
		kat_skip(kat, name, LACK_WORDS, detail);
	else if (kat->transport->can_say &&
		 !kat->transport->can_say(vector->cipher, vector->mac))
		kat_skip(kat, name, LACK_WORDS, "not expressible in the standard's numbers");
	else if (!kat->transport->offers(kat->device, vector->cipher, vector->mac))
		kat_skip(kat, name, LACK_OFFER, NULL);
	else if (vector->aad.len > kat->transport->longest_aad)
		kat_skip(kat, name, LACK_OFFER, "so much AAD");
	else if (too_long(kat, vector))
		kat_skip(kat, name, LACK_OFFER, "a message longer than one request");
	else
		return false;
	return true;
}

static void compare(struct kat *kat, const struct vector *vector, enum cut cut, const char *what,
		    const uint8_t *expected, const uint8_t *got, size_t len)
{
	if (len && memcmp(expected, got, len) != 0)
		kat_mismatch(kat, vector, cut, what, expected, got, len);
}

/* --- AEAD --- */

static void seal(struct kat *kat, const struct vector *vector, enum cut cut)
{
	uint8_t *sealed = kat_alloc(vector->ciphertext.len);
	uint8_t tag[VCRYPTO_MAX_DIGEST];
	const struct job job = {
		.src = vector->plaintext.at, .len = vector->plaintext.len, .dst = sealed,
		.tag = tag, .tag_len = (uint16_t)vector->tag.len,
	};

	if (kat_job(kat, vector, &job, cut, VCRYPTO_OK)) {
		compare(kat, vector, cut, "ciphertext", vector->ciphertext.at, sealed, job.len);
		compare(kat, vector, cut, "tag", vector->tag.at, tag, vector->tag.len);
	}
	free(sealed);
}

static void unseal(struct kat *kat, const struct vector *vector, enum cut cut)
{
	uint8_t *text = kat_alloc(vector->ciphertext.len);
	const struct job job = {
		.decrypt = true, .src = vector->ciphertext.at, .len = vector->ciphertext.len,
		.dst = text, .tag = vector->tag.at, .tag_len = (uint16_t)vector->tag.len,
	};

	if (kat_job(kat, vector, &job, cut,
		    vector->verdict == INVALID ? VCRYPTO_AUTH_FAILED : VCRYPTO_OK) &&
	    vector->verdict != INVALID)
		compare(kat, vector, cut, "plaintext", vector->plaintext.at, text, job.len);
	free(text);
}

static void run_aead(struct kat *kat, const struct vector *vector, enum cut cut)
{
	if (vector->verdict != INVALID)
		seal(kat, vector, cut);
	unseal(kat, vector, cut);
}

/* --- ciphers, perhaps with a digest of the plaintext --- */

static void one_way(struct kat *kat, const struct vector *vector, enum cut cut, bool decrypt,
		    const struct bytes *from, const struct bytes *to)
{
	uint8_t *text = kat_alloc(from->len);
	uint8_t digest[VCRYPTO_MAX_DIGEST], next[VCRYPTO_MAX_IV];
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);
	bool whole = kat_request_len(kat, vector, from->len, cut) == from->len;
	bool with_iv = vector->next_iv.len && (whole || kat->transport->returns_iv);
	const struct job job = {
		.decrypt = decrypt, .src = from->at, .len = from->len, .dst = text,
		.tag = digest, .tag_len = mac ? mac->digest_len : 0,
		.iv_out = with_iv ? next : NULL,
	};

	if (kat_job(kat, vector, &job, cut, VCRYPTO_OK)) {
		compare(kat, vector, cut, decrypt ? "plaintext" : "ciphertext", to->at, text,
			to->len);
		compare(kat, vector, cut, "digest", vector->digest.at, digest,
			vector->digest.len);
		compare(kat, vector, cut, "next IV", vector->next_iv.at, next,
			with_iv ? vector->next_iv.len : 0);
	}
	free(text);
}

static void run_cipher(struct kat *kat, const struct vector *vector, enum cut cut)
{
	one_way(kat, vector, cut, false, &vector->plaintext, &vector->ciphertext);
	one_way(kat, vector, cut, true, &vector->ciphertext, &vector->plaintext);
}

/* --- CBC with padding, which the device leaves to its users --- */

static bool padding_ok(const uint8_t *text, size_t len)
{
	size_t pad = len ? text[len - 1] : 0;
	size_t i;

	if (pad < 1 || pad > PADDING || pad > len)
		return false;
	for (i = 1; i <= pad; i++)
		if (text[len - i] != pad)
			return false;
	return true;
}

static void run_bad_padding(struct kat *kat, const struct vector *vector, enum cut cut)
{
	uint8_t *text = kat_alloc(vector->ciphertext.len);
	const struct job job = {
		.decrypt = true, .src = vector->ciphertext.at, .len = vector->ciphertext.len,
		.dst = text,
	};

	if (kat_job(kat, vector, &job, cut, VCRYPTO_OK) && padding_ok(text, job.len))
		kat_mismatch(kat, vector, cut, "the padding is right, and should not be", NULL,
			     NULL, 0);
	free(text);
}

static void run_padded(struct kat *kat, const struct vector *vector, enum cut cut)
{
	size_t len = vector->plaintext.len;
	size_t pad = PADDING - len % PADDING;
	struct bytes padded = { kat_alloc(len + pad), len + pad, true };

	if (len)
		memcpy(padded.at, vector->plaintext.at, len);
	memset(padded.at + len, (int)pad, pad);
	if (padded.len != vector->ciphertext.len) {
		kat_mismatch(kat, vector, cut, "ciphertext of another length", NULL, NULL, 0);
	} else {
		one_way(kat, vector, cut, false, &padded, &vector->ciphertext);
		one_way(kat, vector, cut, true, &vector->ciphertext, &padded);
	}
	bytes_free(&padded);
}

/* --- hashes and MACs --- */

static void run_mac(struct kat *kat, const struct vector *vector, enum cut cut)
{
	const struct bytes *message = &vector->message;
	size_t len = message->len * vector->repeat;
	uint8_t *text = kat_alloc(len);
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	const struct job job = {
		.src = text, .len = len,
		.tag = digest, .tag_len = vcrypto_mac_find(vector->mac)->digest_len,
	};
	size_t i;

	for (i = 0; message->len && i < vector->repeat; i++)
		memcpy(text + i * message->len, message->at, message->len);
	if (!kat_job(kat, vector, &job, cut, VCRYPTO_OK)) {
		free(text);
		return;
	}
	if (vector->verdict != INVALID)
		compare(kat, vector, cut, "digest", vector->digest.at, digest,
			vector->digest.len);
	else if (vector->digest.len <= job.tag_len &&
		 memcmp(vector->digest.at, digest, vector->digest.len) == 0)
		kat_mismatch(kat, vector, cut, "the MAC is right, and should not be", NULL, NULL,
			     0);
	free(text);
}

/* --- a vector in all cuts --- */

static void run(struct kat *kat, const struct vector *vector, enum cut cut)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);

	kat->runs[cut]++;
	if (vector->monte)
		kat_monte(kat, vector, cut);
	else if (!cipher)
		run_mac(kat, vector, cut);
	else if (cipher->tag_len)
		run_aead(kat, vector, cut);
	else if (!vector->padded)
		run_cipher(kat, vector, cut);
	else if (vector->verdict == INVALID)
		run_bad_padding(kat, vector, cut);
	else
		run_padded(kat, vector, cut);
}

/* Whether @cut makes a difference. */
static bool applies(const struct kat *kat, const struct vector *vector, enum cut cut)
{
	size_t len = vector->cipher ? vector->ciphertext.len :
				      vector->message.len * vector->repeat;

	switch (cut) {
	case CUT_REQUESTS:
		return !vector->monte && kat_request_len(kat, vector, len, cut) < len;
	case CUT_IN_PLACE:
	case CUT_INTERLEAVED:
	case CUT_OVERLAP:
		return vector->cipher && len;
	default:
		return true;
	}
}

/* The chosen cuts that apply to a vector. */
struct cuts {
	enum cut at[CUT_COUNT];
	size_t count;
};

static struct cuts choose(const struct kat *kat, const struct vector *vector)
{
	struct cuts cuts = { .count = 0 };
	size_t i;

	for (i = 0; i < CUT_COUNT; i++)
		if (kat->cuts[i] && applies(kat, vector, (enum cut)i))
			cuts.at[cuts.count++] = (enum cut)i;
	return cuts;
}

/* The @index'th of them, counted round and round. */
static enum cut turn(const struct cuts *cuts, unsigned long index)
{
	return cuts->at[index % cuts->count];
}

static void run_cuts(struct kat *kat, const struct vector *vector, const struct cuts *cuts)
{
	size_t i;

	if (vector->monte) {
		run(kat, vector, turn(cuts, kat->vectors));
		return;
	}
	if (kat->rotate) {
		run(kat, vector, turn(cuts, 2 * kat->vectors));
		run(kat, vector, turn(cuts, 2 * kat->vectors + 1));
		return;
	}
	for (i = 0; i < cuts->count; i++)
		run(kat, vector, cuts->at[i]);
}

void kat_vector(struct kat *kat, const struct vector *vector)
{
	const struct session session = {
		vector->cipher, vector->mac, vector->key, vector->mac_key,
	};
	struct cuts cuts;
	int status;

	kat->mismatch = kat->refused = false;
	kat->vectors++;
	if (skipped(kat, vector))
		return;
	cuts = choose(kat, vector);
	if (!cuts.count) {
		kat_skip(kat, kat_algorithm(vector), LACK_CUT, NULL);
		return;
	}
	status = kat->transport->session_new(kat->device, &session, turn(&cuts, kat->vectors));
	if (status == VCRYPTO_BAD_KEY) {
		kat_skip(kat, kat_algorithm(vector), LACK_OFFER, "a key that it forbids");
		return;
	}
	if (status != VCRYPTO_OK) {
		kat_mismatch(kat, vector, CUT_WHOLE, status < 0 ? transport_error() :
			     "no session", NULL, NULL, 0);
	} else {
		run_cuts(kat, vector, &cuts);
		if (kat->transport->session_free(kat->device) != VCRYPTO_OK)
			kat_mismatch(kat, vector, CUT_WHOLE, "the session is not freed", NULL,
				     NULL, 0);
	}
	kat_count(kat, vector);
}
