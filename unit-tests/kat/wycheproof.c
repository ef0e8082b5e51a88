// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Project Wycheproof's JSON, in its old and its new schemas. */
#include <jansson.h>
#include <strings.h>

#include "kat.h"

/* What a file is about. */
static const struct algorithm {
	const char *name;	/* in the file */
	const char *cipher;
	const char *mac;
	bool padded;
} algorithms[] = {
	{ "AES-GCM", "AES-GCM", NULL, false },
	{ "AES-CCM", "AES-CCM", NULL, false },
	{ "CHACHA20-POLY1305", "CHACHA20-POLY1305", NULL, false },
	{ "AES-GMAC", "AES-GCM", NULL, false },
	{ "AES-XTS", "AES-XTS", NULL, false },
	{ "AES-CBC", "AES-CBC", NULL, false },
	{ "AES-CBC-PKCS5", "AES-CBC", NULL, true },
	{ "CAMELLIA-CBC-PKCS5", "CAMELLIA-CBC", NULL, true },
	{ "HMACSHA1", NULL, "HMAC-SHA1", false },
	{ "HMACSHA224", NULL, "HMAC-SHA2-224", false },
	{ "HMACSHA256", NULL, "HMAC-SHA2-256", false },
	{ "HMACSHA384", NULL, "HMAC-SHA2-384", false },
	{ "HMACSHA512", NULL, "HMAC-SHA2-512", false },
	{ "HMACSHA3-224", NULL, "HMAC-SHA3-224", false },
	{ "HMACSHA3-256", NULL, "HMAC-SHA3-256", false },
	{ "HMACSHA3-384", NULL, "HMAC-SHA3-384", false },
	{ "HMACSHA3-512", NULL, "HMAC-SHA3-512", false },
};

static const struct algorithm *find(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(algorithms); i++)
		if (strcasecmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	return NULL;
}

static const char *string(const struct kat *kat, const struct vector *vector, const json_t *test,
			  const char *key, bool must)
{
	const json_t *value = json_object_get(test, key);

	if (value ? !json_is_string(value) : must)
		kat_file_error(kat, vector->where, "\"%s\" is not a string", key);
	return value ? json_string_value(value) : NULL;
}

static void get(const struct kat *kat, const struct vector *vector, const json_t *test,
		const char *key, struct bytes *bytes, bool must)
{
	const char *hex = string(kat, vector, test, key, must);

	if (hex && !bytes_from_hex(bytes, hex, strlen(hex)))
		kat_file_error(kat, vector->where, "\"%s\" is not hexadecimal", key);
}

static enum verdict verdict(const struct kat *kat, const struct vector *vector,
			    const json_t *test)
{
	const char *result = string(kat, vector, test, "result", true);

	if (strcmp(result, "valid") == 0)
		return VALID;
	if (strcmp(result, "acceptable") == 0)
		return ACCEPTABLE;
	if (strcmp(result, "invalid") != 0)
		kat_file_error(kat, vector->where, "unknown result \"%s\"", result);
	return INVALID;
}

/* A GMAC is the tag of a message of AAD alone (SP 800-38D, 3). */
static void gmac(const struct kat *kat, const json_t *test, struct vector *vector)
{
	get(kat, vector, test, "iv", &vector->iv, true);
	get(kat, vector, test, "msg", &vector->aad, true);
	get(kat, vector, test, "tag", &vector->tag, true);
	bytes_set(&vector->plaintext, "", 0);
	bytes_set(&vector->ciphertext, "", 0);
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

static void fill_cipher(const struct kat *kat, const struct algorithm *algorithm,
			const json_t *test, struct vector *vector)
{
	bool aead;

	vector->cipher = kat_find_cipher(algorithm->cipher);
	aead = vcrypto_cipher_find(vector->cipher)->tag_len;
	get(kat, vector, test, "key", &vector->key, true);
	if (strcmp(algorithm->name, "AES-GMAC") == 0) {
		gmac(kat, test, vector);
		return;
	}
	get(kat, vector, test, "iv", &vector->iv, true);
	if (vector->cipher == VCRYPTO_CIPHER_AES_XTS)
		fill_tweak(&vector->iv);
	get(kat, vector, test, "msg", &vector->plaintext, true);
	get(kat, vector, test, "ct", &vector->ciphertext, true);
	get(kat, vector, test, "aad", &vector->aad, aead);
	get(kat, vector, test, "tag", &vector->tag, aead);
	vector->padded = algorithm->padded;
}

static void fill_mac(const struct kat *kat, const struct algorithm *algorithm, const json_t *test,
		     struct vector *vector)
{
	vector->mac = kat_find_mac(algorithm->mac);
	get(kat, vector, test, "key", &vector->mac_key, true);
	get(kat, vector, test, "msg", &vector->message, true);
	get(kat, vector, test, "tag", &vector->digest, true);
}

/* Why not, or NULL. */
static const char *cannot(const struct kat *kat, const struct vector *vector,
			  const struct algorithm *algorithm, const json_t *group)
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);
	json_int_t tag_bits = json_integer_value(json_object_get(group, "tagSize"));

	if (tag_bits % 8)
		return SKIP_BITS;
	if (mac && (!vector->digest.len || vector->digest.len > mac->digest_len))
		return "a tag of a length that is not allowed";
	if (mac)
		return NULL;
	if (vector->verdict == INVALID && !algorithm->padded && !vector->tag.given)
		return "an invalid vector of a cipher that cannot tell";
	if (vector->verdict != INVALID && !algorithm->padded &&
	    vector->plaintext.len != vector->ciphertext.len)
		kat_file_error(kat, vector->where, "\"msg\" and \"ct\" have different lengths");
	return NULL;
}

static void one_test(struct kat *kat, const char *name, const json_t *group, const json_t *test)
{
	const struct algorithm *algorithm = find(name);
	struct vector vector = { .repeat = 1 };
	const json_t *id = json_object_get(test, "tcId");
	const char *reason;

	if (!json_is_integer(id))
		kat_file_error(kat, "", "a test without \"tcId\"");
	snprintf(vector.where, sizeof(vector.where), "tcId %lld",
		 (long long)json_integer_value(id));
	if (!algorithm) {
		kat_skip(kat, name, SKIP_ALGORITHM);
		return;
	}
	vector.verdict = verdict(kat, &vector, test);
	if (algorithm->cipher)
		fill_cipher(kat, algorithm, test, &vector);
	else
		fill_mac(kat, algorithm, test, &vector);
	reason = cannot(kat, &vector, algorithm, group);
	if (reason)
		kat_skip(kat, kat_algorithm(&vector), reason);
	else
		kat_vector(kat, &vector);
	vector_clear(&vector);
}

void kat_wycheproof(struct kat *kat, char *text, size_t len)
{
	json_error_t error;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	const json_t *groups, *group, *tests, *test;
	const char *name;
	json_int_t said, count = 0;
	size_t i, j;

	if (!root)
		kat_file_error(kat, "", "line %d: %s", error.line, error.text);
	name = json_string_value(json_object_get(root, "algorithm"));
	groups = json_object_get(root, "testGroups");
	if (!name || !json_is_array(groups))
		kat_file_error(kat, "", "JSON, but not Wycheproof's: no \"algorithm\" and "
			       "\"testGroups\"");
	json_array_foreach(groups, i, group) {
		tests = json_object_get(group, "tests");
		if (!json_is_array(tests))
			kat_file_error(kat, "", "a group without \"tests\"");
		json_array_foreach(tests, j, test) {
			one_test(kat, name, group, test);
			count++;
		}
	}
	said = json_integer_value(json_object_get(root, "numberOfTests"));
	if (json_object_get(root, "numberOfTests") && said != count)
		kat_file_error(kat, "", "%lld tests, but it says %lld", (long long)count,
			       (long long)said);
	json_decref(root);
}
