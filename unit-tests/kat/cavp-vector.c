// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>
#include <strings.h>

#include "cavp.h"

static bool has(const struct cavp *cavp, const char *key)
{
	return cavp_find(cavp, key);
}

static unsigned long number(const struct cavp *cavp, const char *key)
{
	const struct field *field = cavp_find(cavp, key);
	unsigned long value;
	char *end;

	value = strtoul(field->value, &end, 10);
	if (end == field->value || *end)
		cavp_error(cavp, "not a number: ", key);
	return value;
}

/* "Pass", "Pass (0)", "P", "valid"; "F (1 - Message changed)", "invalid", "CIPHERFINAL_ERROR" */
static bool is_failure(const struct cavp *cavp, const char *result)
{
	if (strncasecmp(result, "P", 1) == 0 || strcmp(result, "valid") == 0)
		return false;
	if (strncasecmp(result, "F", 1) != 0 && strcmp(result, "invalid") != 0 &&
	    !strstr(result, "_ERROR"))
		cavp_error(cavp, "neither pass nor fail: ", result);
	return true;
}

/* The message is refused, or does not verify. */
static bool must_fail(const struct cavp *cavp)
{
	const struct field *result = cavp_find(cavp, "RESULT");

	return has(cavp, "FAIL") || (result && is_failure(cavp, result->value));
}

static const char *missing_cipher(const struct cavp *cavp)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(cavp->algorithm.cipher);

	if (!has(cavp, "KEY") && !(has(cavp, "KEY1") && has(cavp, "KEY2") && has(cavp, "KEY3")))
		return "KEY";
	if (cipher->iv_len && !has(cavp, "IV") && !has(cavp, "DATAUNITSEQNUMBER"))
		return "IV";
	if (!has(cavp, "CT"))
		return "CIPHERTEXT";
	if (!has(cavp, "PT") && !(cipher->tag_len && must_fail(cavp)))
		return "PLAINTEXT";
	if (cipher->tag_len && cipher->id != VCRYPTO_CIPHER_AES_CCM && !has(cavp, "TAG"))
		return "Tag";
	if (cipher->id == VCRYPTO_CIPHER_AES_CCM && !has(cavp, "TLEN"))
		return "Tlen";
	return NULL;
}

/* TDES with three chains in turn. */
static bool interleaved(const struct cavp *cavp)
{
	return has(cavp, "IV1") || has(cavp, "PLAINTEXT1");
}

const char *cavp_missing(const struct cavp *cavp)
{
	bool keyed;

	if (interleaved(cavp))
		return NULL;
	if (cavp->algorithm.cipher)
		return missing_cipher(cavp);
	if (!cavp->algorithm.mac)
		return NULL;
	keyed = vcrypto_mac_find(cavp->algorithm.mac)->keyed;
	if (!has(cavp, "MD"))
		return keyed ? "Mac" : "MD";
	if (keyed && !has(cavp, "KEY"))
		return "Key";
	if (vcrypto_mac_find(cavp->algorithm.mac)->iv_len && !has(cavp, "IV"))
		return "IV";
	if (has(cavp, "SEED"))
		return NULL;
	if (!has(cavp, "MSG"))
		return "Msg";
	return keyed || has(cavp, "LEN") ? NULL : "Len";
}

/* Hexadecimal, or in the few files that have it a quoted string. */
static void get(const struct cavp *cavp, const char *key, struct bytes *bytes)
{
	const struct field *field = cavp_find(cavp, key);
	size_t len;

	if (!field)
		return;
	len = strlen(field->value);
	if (len >= 2 && field->value[0] == '"' && field->value[len - 1] == '"')
		bytes_set(bytes, field->value + 1, len - 2);
	else if (!bytes_from_hex(bytes, field->value, len))
		cavp_error(cavp, "not hexadecimal: ", key);
}

/* Cuts @bytes to what the file says; an empty value is written as 00. */
static void limit(const struct cavp *cavp, const char *key, struct bytes *bytes)
{
	unsigned long len;

	if (!has(cavp, key))
		return;
	len = number(cavp, key);
	if (bytes->len < len || (bytes->len > len && len))
		cavp_error(cavp, "another length than it says: ", key);
	bytes->len = len;
}

/* Three DES keys in fields of their own. */
static void tdes_key(const struct cavp *cavp, struct bytes *key)
{
	static const char *const names[] = { "KEY1", "KEY2", "KEY3" };
	struct bytes part = { 0 };
	uint8_t all[24];
	size_t i;

	for (i = 0; i < 3; i++) {
		get(cavp, names[i], &part);
		if (part.len != 8)
			cavp_error(cavp, "not a DES key: ", names[i]);
		memcpy(all + 8 * i, part.at, 8);
	}
	bytes_free(&part);
	bytes_set(key, all, sizeof(all));
}

/* A tweak that is given as a number (IEEE 1619, 5.1: little-endian). */
static void sequence_number(const struct cavp *cavp, struct bytes *iv)
{
	unsigned long value = number(cavp, "DATAUNITSEQNUMBER");
	uint8_t tweak[16] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(value); i++)
		tweak[i] = (uint8_t)(value >> (8 * i));
	bytes_set(iv, tweak, sizeof(tweak));
}

/* The tag is the end of the ciphertext. */
static void ccm(const struct cavp *cavp, struct vector *vector)
{
	size_t tag_len = number(cavp, "TLEN");

	limit(cavp, "ALEN", &vector->aad);
	limit(cavp, "NLEN", &vector->iv);
	if (vector->plaintext.given)
		limit(cavp, "PLEN", &vector->plaintext);
	if (vector->ciphertext.len < tag_len)
		cavp_error(cavp, "a ciphertext shorter than the tag", "");
	vector->ciphertext.len -= tag_len;
	bytes_set(&vector->tag, vector->ciphertext.at + vector->ciphertext.len, tag_len);
}

static void monte_cipher(const struct cavp *cavp, struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	size_t block = cipher->id == VCRYPTO_CIPHER_3DES_CBC ? 8 : 16;

	if (vector->plaintext.len != block || vector->ciphertext.len != block ||
	    vector->iv.len != cipher->iv_len)
		cavp_error(cavp, "a Monte Carlo test with another length than a block's", "");
	vector->monte = block == 8 ? MONTE_TDES : MONTE_AES;
	vector->decrypt = cavp->decrypt;
}

static const char *cipher_vector(struct cavp *cavp, struct vector *vector)
{
	bool aead = vcrypto_cipher_find(vector->cipher)->tag_len;

	if (has(cavp, "DATAUNITLEN") && number(cavp, "DATAUNITLEN") % 8)
		return DETAIL_BITS;
	if (has(cavp, "OFFSET") && number(cavp, "OFFSET"))
		return "an offset into the key stream";
	get(cavp, "KEY", &vector->key);
	if (vector->cipher == VCRYPTO_CIPHER_3DES_CBC && !vector->key.given)
		tdes_key(cavp, &vector->key);
	if (vector->cipher == VCRYPTO_CIPHER_3DES_CBC)
		vector_expand_tdes(vector);
	if (has(cavp, "DATAUNITSEQNUMBER"))
		sequence_number(cavp, &vector->iv);
	else if (vcrypto_cipher_find(vector->cipher)->iv_len)
		get(cavp, "IV", &vector->iv);
	get(cavp, "PT", &vector->plaintext);
	get(cavp, "CT", &vector->ciphertext);
	get(cavp, "AAD", &vector->aad);
	get(cavp, "TAG", &vector->tag);
	if (aead && must_fail(cavp))
		vector->verdict = INVALID;
	if (vector->cipher == VCRYPTO_CIPHER_AES_CCM)
		ccm(cavp, vector);
	if (vector->verdict != INVALID && vector->plaintext.len != vector->ciphertext.len)
		cavp_error(cavp, "plaintext and ciphertext of different lengths", "");
	if (cavp->subject.monte && !aead)
		monte_cipher(cavp, vector);
	return NULL;
}

static void monte_hash(struct cavp *cavp, struct vector *vector)
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);
	const struct field *seed = cavp_find(cavp, "SEED");
	const char *from = cavp->hash_seed;

	if (!*cavp->hash_seed || (has(cavp, "COUNT") && number(cavp, "COUNT") == 0))
		from = seed->value;
	if (!bytes_from_hex(&vector->message, from, strlen(from)) ||
	    vector->message.len != mac->digest_len || vector->digest.len != mac->digest_len)
		cavp_error(cavp, "a Monte Carlo test whose seed or digest is not a digest", "");
	vector->monte = mac->id >= VCRYPTO_MAC_SHA3_224 ? MONTE_SHA3 : MONTE_SHA;
	snprintf(cavp->hash_seed, sizeof(cavp->hash_seed), "%s", cavp_find(cavp, "MD")->value);
}

static const char *mac_vector(struct cavp *cavp, struct vector *vector)
{
	get(cavp, "MD", &vector->digest);
	if (has(cavp, "SEED")) {
		monte_hash(cavp, vector);
		return NULL;
	}
	if (has(cavp, "LEN") && number(cavp, "LEN") % 8)
		return DETAIL_BITS;
	get(cavp, "MSG", &vector->message);
	if (has(cavp, "LEN") && vector->message.len != number(cavp, "LEN") / 8) {
		if (number(cavp, "LEN"))
			cavp_error(cavp, "another length than it says: Len", "");
		vector->message.len = 0;
	}
	if (vcrypto_mac_find(vector->mac)->keyed) {
		vector->verdict = must_fail(cavp) ? INVALID : VALID;
		get(cavp, "KEY", &vector->mac_key);
		get(cavp, "IV", &vector->iv);
		if (has(cavp, "KLEN"))
			limit(cavp, "KLEN", &vector->mac_key);
		if (has(cavp, "TLEN"))
			limit(cavp, "TLEN", &vector->digest);
	}
	if (!vector->digest.len || vector->digest.len > vcrypto_mac_find(vector->mac)->digest_len)
		cavp_error(cavp, "a digest that is too long or empty", "");
	return NULL;
}

/* Counts what can be no vector. */
static bool skipped(struct cavp *cavp)
{
	struct subject subject = cavp->subject;

	subject.algorithm = cavp->algorithm;
	if (kat_skip_subject(cavp->kat, &subject))
		return true;
	if (!interleaved(cavp))
		return false;
	kat_skip(cavp->kat, cavp->algorithm.name, LACK_WORDS, DETAIL_MODE);
	return true;
}

void cavp_run(struct cavp *cavp)
{
	struct vector vector = { .repeat = 1, .cipher = cavp->algorithm.cipher };
	const char *detail;

	if (skipped(cavp))
		return;
	if (!vector.cipher)
		vector.mac = cavp->algorithm.mac;
	snprintf(vector.where, sizeof(vector.where), "line %u", cavp->first_line);
	detail = vector.cipher ? cipher_vector(cavp, &vector) : mac_vector(cavp, &vector);
	if (detail)
		kat_skip(cavp->kat, cavp->algorithm.name, LACK_WORDS, detail);
	else
		kat_vector(cavp->kat, &vector);
	vector_clear(&vector);
}
