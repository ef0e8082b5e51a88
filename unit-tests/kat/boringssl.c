// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* BoringSSL's tests of AEADs: the name of the file says which one. */
#include "stanza.h"

static void fill(const struct stanza *stanza, struct vector *vector)
{
	static const char *const keys[] = { "KEY", "NONCE", "IN", "AD", "CT", "TAG" };
	struct bytes *const to[] = {
		&vector->key, &vector->iv, &vector->plaintext, &vector->aad,
		&vector->ciphertext, &vector->tag,
	};
	size_t i;

	for (i = 0; i < COUNT(keys); i++)
		if (!stanza_bytes(stanza, keys[i], to[i]) && to[i] != &vector->aad)
			stanza_error(stanza, "a test without ", keys[i]);
}

static void run(const struct stanza *stanza, const struct algorithm *algorithm)
{
	struct vector vector = { .repeat = 1, .cipher = algorithm->cipher };

	snprintf(vector.where, sizeof(vector.where), "line %u", stanza->line);
	fill(stanza, &vector);
	if (stanza_find(stanza, "FAILS"))
		vector.verdict = INVALID;
	if (vector.verdict == VALID && vector.plaintext.len != vector.ciphertext.len)
		kat_skip(stanza->kat, algorithm->name, LACK_WORDS, "texts of different lengths");
	else
		kat_vector(stanza->kat, &vector);
	vector_clear(&vector);
}

void boringssl_run(const struct stanza *stanza)
{
	static const char known[] = "KEY NONCE IN AD CT TAG TAG_LEN NO_SEAL FAILS";
	const char *unknown = stanza_unknown(stanza, known);
	const struct vcrypto_cipher *cipher;
	struct subject subject;

	if (unknown)
		stanza_error(stanza, "a test of an unknown kind, or an unknown key in it: ",
			     unknown);
	kat_subject(&subject, stanza->comments, stanza->kat->file, stanza->kat->algorithm);
	cipher = vcrypto_cipher_find(subject.algorithm.cipher);
	if (kat_skip_subject(stanza->kat, &subject))
		return;
	if (!cipher || !cipher->tag_len)
		kat_skip(stanza->kat, subject.algorithm.name, LACK_WORDS, "no AEAD");
	else
		run(stanza, &subject.algorithm);
}
