// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Monte Carlo tests.  A file gives start and result of each outer round, so a
 * vector is one of those: its inner rounds are computed here, one request each.
 * The chaining of the inner rounds is that of the session (protocol 4.7.3): all
 * but the first have no IV.
 */
#include <stdlib.h>

#include "kat.h"

#define AES_ROUNDS 1000
#define TDES_ROUNDS 10000
#define SHA_ROUNDS 1000

static bool step(struct kat *kat, const struct vector *vector, struct op *op)
{
	int status = kat->transport->op(kat->device, op);

	op->iv_len = 0;
	if (status == VCRYPTO_OK)
		return true;
	kat_mismatch(kat, vector, op->cut, status < 0 ? transport_error() : "a request fails",
		     NULL, NULL, 0);
	return false;
}

/*
 * The next input is the output before the last, at first the IV (AESAVS 6.4.2
 * ff., TMOVS 5.4); in ECB, and where TDES decrypts, the last output.
 */
static void cipher_rounds(struct kat *kat, const struct vector *vector, enum cut cut)
{
	const struct bytes *from = vector->decrypt ? &vector->ciphertext : &vector->plaintext;
	const struct bytes *to = vector->decrypt ? &vector->plaintext : &vector->ciphertext;
	bool direct = !vector->iv.len || (vector->monte == MONTE_TDES && vector->decrypt);
	size_t rounds = vector->monte == MONTE_TDES ? TDES_ROUNDS : AES_ROUNDS;
	size_t len = from->len;
	uint8_t input[16], output[16], before[16];
	struct op op = {
		.cut = cut, .decrypt = vector->decrypt, .iv = vector->iv.at,
		.iv_len = (uint16_t)vector->iv.len, .src = input, .dst = output, .len = len,
	};
	size_t i;

	memcpy(input, from->at, len);
	if (vector->iv.len)
		memcpy(before, vector->iv.at, len);
	for (i = 0; i < rounds; i++) {
		if (!step(kat, vector, &op))
			return;
		memcpy(input, direct ? output : before, len);
		memcpy(before, output, len);
	}
	if (memcmp(output, to->at, len) != 0)
		kat_mismatch(kat, vector, cut, vector->decrypt ? "plaintext" : "ciphertext",
			     to->at, output, len);
}

/*
 * SHAVS 6.4: three digests, the oldest first, are a message.  SHA3VS 6.2.3: one
 * is.  Before there are any, the seed stands for each.  ACVP's "alternate"
 * version brings each message to the length of the first seed.
 */
static void hash_rounds(struct kat *kat, const struct vector *vector, enum cut cut)
{
	size_t parts = vector->monte == MONTE_SHA ? 3 : 1;
	size_t seed = vector->message.len, len = vector->digest.len;
	size_t room = parts * (seed + len) + vector->monte_len;
	size_t used = parts * seed;
	uint8_t *text = kat_alloc(room);
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	struct op op = {
		.cut = cut, .reset = true, .src = text, .tag = digest, .tag_len = (uint16_t)len,
	};
	size_t i, first;

	for (i = 0; seed && i < parts; i++)
		memcpy(text + i * seed, vector->message.at, seed);
	for (i = 0; i < SHA_ROUNDS; i++) {
		op.len = vector->monte_len ? vector->monte_len : used;
		if (!step(kat, vector, &op))
			break;
		first = i < parts ? seed : len;
		memmove(text, text + first, used - first);
		used -= first;
		memcpy(text + used, digest, len);
		used += len;
		memset(text + used, 0, room - used);
	}
	if (i == SHA_ROUNDS && memcmp(digest, vector->digest.at, len) != 0)
		kat_mismatch(kat, vector, cut, "digest", vector->digest.at, digest, len);
	free(text);
}

void kat_monte(struct kat *kat, const struct vector *vector, enum cut cut)
{
	if (vector->cipher)
		cipher_rounds(kat, vector, cut);
	else
		hash_rounds(kat, vector, cut);
}
