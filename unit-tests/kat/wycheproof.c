// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Project Wycheproof's JSON, in its old and its new schemas. */
#include "json.h"

/* What a file is about. */
struct about {
	struct algorithm algorithm;
	bool padded;
};

static void find_about(struct about *about, const char *name)
{
	size_t len = strlen(name);

	memset(about, 0, sizeof(*about));
	about->padded = len > 6 && strcmp(name + len - 6, "-PKCS5") == 0;
	if (about->padded) {
		char bare[KAT_NAME];

		snprintf(bare, sizeof(bare), "%.*s", (int)(len - 6), name);
		kat_find(&about->algorithm, bare);
	} else {
		kat_find(&about->algorithm, name);
	}
}

static enum verdict verdict(const struct kat *kat, const struct vector *vector,
			    const json_t *test)
{
	const char *result = kat_json_string(kat, vector->where, test, "result", true);

	if (strcmp(result, "valid") == 0)
		return VALID;
	if (strcmp(result, "acceptable") == 0)
		return ACCEPTABLE;
	if (strcmp(result, "invalid") != 0)
		kat_file_error(kat, vector->where, "unknown result \"%s\"", result);
	return INVALID;
}

/* XTS has a tweak of 16 bytes; some files give a data unit's number of 8. */
static void fill_tweak(struct bytes *iv)
{
	uint8_t tweak[16] = { 0 };

	if (iv->len != 8)
		return;
	memcpy(tweak, iv->at, iv->len);
	bytes_set(iv, tweak, sizeof(tweak));
}

static void fill_cipher(const struct kat *kat, const struct about *about, const json_t *test,
			struct vector *vector)
{
	bool aead;

	vector->cipher = about->algorithm.cipher;
	aead = vcrypto_cipher_find(vector->cipher)->tag_len;
	kat_json_hex(kat, vector->where, test, "key", &vector->key, true);
	kat_json_hex(kat, vector->where, test, "iv", &vector->iv, true);
	if (vector->cipher == VCRYPTO_CIPHER_AES_XTS)
		fill_tweak(&vector->iv);
	kat_json_hex(kat, vector->where, test, "msg", &vector->plaintext, true);
	kat_json_hex(kat, vector->where, test, "ct", &vector->ciphertext, true);
	kat_json_hex(kat, vector->where, test, "aad", &vector->aad, aead);
	kat_json_hex(kat, vector->where, test, "tag", &vector->tag, aead);
	vector->padded = about->padded;
}

static void fill_mac(const struct kat *kat, const struct about *about, const json_t *test,
		     struct vector *vector)
{
	vector->mac = about->algorithm.mac;
	kat_json_hex(kat, vector->where, test, "key", &vector->mac_key, true);
	if (vcrypto_mac_find(vector->mac)->iv_len)
		kat_json_hex(kat, vector->where, test, "iv", &vector->iv, true);
	kat_json_hex(kat, vector->where, test, "msg", &vector->message, true);
	kat_json_hex(kat, vector->where, test, "tag", &vector->digest, true);
}

/* Why not, or NULL. */
static const char *cannot(const struct kat *kat, const struct vector *vector, const json_t *group)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);
	json_int_t tag_bits = json_integer_value(json_object_get(group, "tagSize"));

	if (tag_bits % 8)
		return DETAIL_BITS;
	if (mac && (!vector->digest.len || vector->digest.len > mac->digest_len))
		return "a tag of a length that is not allowed";
	if (mac)
		return NULL;
	if (vector->padded)
		return cipher->block == 16 ? NULL : "a padding of other blocks than 16 bytes";
	/* A tag beside it is not the cipher's, so nothing would look at it. */
	if (vector->verdict == INVALID && !cipher->tag_len)
		return "an invalid vector of a cipher that cannot tell";
	if (vector->verdict != INVALID && vector->plaintext.len != vector->ciphertext.len)
		kat_file_error(kat, vector->where, "\"msg\" and \"ct\" have different lengths");
	return NULL;
}

static void one_test(struct kat *kat, const struct about *about, const json_t *group,
		     const json_t *test)
{
	struct vector vector = { .repeat = 1 };
	const char *detail;

	snprintf(vector.where, sizeof(vector.where), "tcId %lld",
		 (long long)kat_json_number(kat, "", test, "tcId", -1));
	if (!about->algorithm.cipher && !about->algorithm.mac) {
		kat_skip_algorithm(kat, &about->algorithm);
		return;
	}
	vector.verdict = verdict(kat, &vector, test);
	if (about->algorithm.cipher)
		fill_cipher(kat, about, test, &vector);
	else
		fill_mac(kat, about, test, &vector);
	detail = cannot(kat, &vector, group);
	if (detail)
		kat_skip(kat, kat_algorithm(&vector), LACK_WORDS, detail);
	else
		kat_vector(kat, &vector);
	vector_clear(&vector);
}

void kat_wycheproof(struct kat *kat, const json_t *root)
{
	const json_t *groups, *group, *tests, *test;
	struct about about;
	json_int_t count = 0, said;
	size_t i, j;

	find_about(&about, kat_json_string(kat, "", root, "algorithm", true));
	groups = kat_json_array(kat, "", root, "testGroups");
	json_array_foreach(groups, i, group) {
		tests = kat_json_array(kat, "", group, "tests");
		json_array_foreach(tests, j, test) {
			one_test(kat, &about, group, test);
			count++;
		}
	}
	said = kat_json_number(kat, "", root, "numberOfTests", count);
	if (said != count)
		kat_file_error(kat, "", "%lld tests, but it says %lld", (long long)count,
			       (long long)said);
}
