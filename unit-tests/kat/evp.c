// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * OpenSSL's evp_test, whose files are in test/recipes/30-test_evp_data; BoringSSL
 * has a few of that kind, too.  A parameter that is not known here may change
 * what the others mean, so a test with such a one does not run.
 */
#include "stanza.h"

/* What only says where a test may run, or how the library is to be called. */
#define NO_MATTER " Availablein FIPSversion Securitycheck NoReinit SetTagLate"

/* Other kinds of tests: what the first line of one may be. */
static const char *const others[] = {
	"KDF", "PBE", "PKEYKDF", "RAND", "Encoding", "Derive", "Sign", "Verify", "Decrypt",
	"VerifyRecover", "DigestSign", "DigestVerify", "OneShotDigestSign",
	"OneShotDigestVerify", "KeyGen", "KeypairMismatch", "KeyFromData", "Decapsulate",
	"Encapsulate", "Kem-Op", "ParamGen", "PrivPubKeyPair", "KeyAgree",
};

/* They only give a key a name. */
static const char *const definitions[] = {
	"PrivateKey", "PublicKey", "PrivateKeyRaw", "PublicKeyRaw", "ParamKey",
};

static bool listed(const char *const *list, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static void skip_parameter(const struct stanza *stanza, const char *algorithm, const char *name)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "the parameter %.32s", name);
	kat_skip(stanza->kat, algorithm, LACK_WORDS, detail);
}

/* Whether the tag must be wrong. */
static bool must_fail(const struct stanza *stanza)
{
	const char *result = stanza_find(stanza, "Result");

	return result && (strcmp(result, "CIPHERFINAL_ERROR") == 0 ||
			  strcmp(result, "CIPHERUPDATE_ERROR") == 0 ||
			  strcmp(result, "CIPHER_ERROR") == 0);
}

static void fill_cipher(const struct stanza *stanza, struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);

	if (!stanza_bytes(stanza, "Key", &vector->key) && cipher->key_min)
		stanza_error(stanza, "a test without ", "Key");
	if (!stanza_bytes(stanza, "IV", &vector->iv) && cipher->iv_len)
		stanza_error(stanza, "a test without ", "IV");
	if (!stanza_bytes(stanza, "Ciphertext", &vector->ciphertext))
		stanza_error(stanza, "a test without ", "Ciphertext");
	if (!stanza_bytes(stanza, "Plaintext", &vector->plaintext) && !must_fail(stanza))
		stanza_error(stanza, "a test without ", "Plaintext");
	stanza_bytes(stanza, "NextIV", &vector->next_iv);
	stanza_bytes(stanza, "AAD", &vector->aad);
	if (!stanza_bytes(stanza, "Tag", &vector->tag) && cipher->tag_len)
		stanza_error(stanza, "a test without ", "Tag");
	if (vector->cipher == VCRYPTO_CIPHER_3DES_CBC)
		vector_expand_tdes(vector);
}

static void run_cipher(const struct stanza *stanza, const struct algorithm *algorithm)
{
	struct vector vector = { .repeat = 1, .cipher = algorithm->cipher };
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(algorithm->cipher);

	if (stanza_find(stanza, "Result") && (!must_fail(stanza) || !cipher->tag_len)) {
		kat_skip(stanza->kat, algorithm->name, LACK_WORDS, "an error of the library's");
		return;
	}
	snprintf(vector.where, sizeof(vector.where), "line %u", stanza->line);
	fill_cipher(stanza, &vector);
	if (must_fail(stanza))
		vector.verdict = INVALID;
	if (vector.verdict == VALID && vector.plaintext.len != vector.ciphertext.len)
		kat_skip(stanza->kat, algorithm->name, LACK_WORDS, "texts of different lengths");
	else if (vector.next_iv.given && vector.next_iv.len != cipher->iv_len)
		stanza_error(stanza, "another length than IV: ", "NextIV");
	else
		kat_vector(stanza->kat, &vector);
	vector_clear(&vector);
}

/* How often the Input that is field @at is there: Ncopy and Count behind it. */
static size_t copies(const struct stanza *stanza, size_t at, size_t len)
{
	size_t times = 1;

	while (++at < stanza->count && strcmp(stanza->fields[at].key, "Input") != 0) {
		if (strcmp(stanza->fields[at].key, "Ncopy") == 0 ||
		    strcmp(stanza->fields[at].key, "Count") == 0)
			times *= stanza_number(stanza, at);
		if (!times || times > KAT_LONGEST || len > KAT_LONGEST / times)
			stanza_error(stanza, "a message of more than 256 MiB, or none", "");
	}
	return times;
}

static void repeat(struct bytes *bytes, size_t times)
{
	struct bytes all = { kat_alloc(bytes->len * times), bytes->len * times, true };
	size_t i;

	for (i = 0; bytes->len && i < times; i++)
		memcpy(all.at + i * bytes->len, bytes->at, bytes->len);
	bytes_free(bytes);
	*bytes = all;
}

/* Inputs, one behind the other. */
static void fill_message(const struct stanza *stanza, struct vector *vector)
{
	struct bytes part = { 0 };
	size_t i;

	for (i = 0; i < stanza->count; i++) {
		if (strcmp(stanza->fields[i].key, "Input") != 0)
			continue;
		stanza_value(stanza, i, &part);
		repeat(&part, copies(stanza, i, part.len));
		if (vector->message.len > KAT_LONGEST - part.len)
			stanza_error(stanza, "a message of more than 256 MiB", "");
		stanza_append(&vector->message, &part);
	}
	bytes_free(&part);
}

static void run_mac(const struct stanza *stanza, const struct algorithm *algorithm)
{
	struct vector vector = { .repeat = 1, .mac = algorithm->mac };
	const struct vcrypto_mac *mac = vcrypto_mac_find(algorithm->mac);

	snprintf(vector.where, sizeof(vector.where), "line %u", stanza->line);
	fill_message(stanza, &vector);
	if (!vector.message.given || !stanza_bytes(stanza, "Output", &vector.digest))
		stanza_error(stanza, "a test without ", "Input or Output");
	if (mac->keyed && !stanza_bytes(stanza, "Key", &vector.mac_key))
		stanza_error(stanza, "a test without ", "Key");
	if (mac->iv_len && !stanza_bytes(stanza, "IV", &vector.iv))
		stanza_error(stanza, "a test without ", "IV");
	if (!vector.digest.len || vector.digest.len > mac->digest_len)
		stanza_error(stanza, "a digest that is too long or empty", "");
	kat_vector(stanza->kat, &vector);
	vector_clear(&vector);
}

/* The field that says what kind of test it is: the first, but for where it may run. */
static size_t kind_of(const struct stanza *stanza)
{
	size_t i = 0;

	while (i + 1 < stanza->count && (strcmp(stanza->fields[i].key, "Availablein") == 0 ||
					 strcmp(stanza->fields[i].key, "FIPSversion") == 0))
		i++;
	return i;
}

/* "AES-128-CBC" is what a CMAC is made of, and "AES-128-GCM" a GMAC. */
static void cipher_mac_name(char *name, size_t room, const char *mac, const char *cipher)
{
	struct algorithm of;

	kat_find(&of, cipher);
	snprintf(name, room, "%s-%.4s", of.known ? of.base : cipher, mac);
}

/* "MAC = HMAC" has its hash in Algorithm; BoringSSL says "HMAC = SHA1". */
static void find_algorithm(const struct stanza *stanza, struct algorithm *algorithm)
{
	const char *kind = stanza->fields[kind_of(stanza)].key;
	const char *value = stanza->fields[kind_of(stanza)].value;
	const char *more = stanza_find(stanza, "Algorithm");
	char name[2 * KAT_NAME];

	if (strcmp(kind, "HMAC") == 0)
		snprintf(name, sizeof(name), "HMAC-%s", value);
	else if (strcmp(kind, "MAC") == 0 && strncmp(value, "HMAC", 4) == 0 && more)
		snprintf(name, sizeof(name), "HMAC-%s", more);
	else if (strcmp(kind, "MAC") == 0 && more &&
		 (strncmp(value, "CMAC", 4) == 0 || strncmp(value, "GMAC", 4) == 0))
		cipher_mac_name(name, sizeof(name), value, more);
	else
		/* "CMAC by EVP_PKEY": another way to the same. */
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(value, " "), value);
	kat_find(algorithm, name);
}

static void run(const struct stanza *stanza, const char *known)
{
	struct algorithm algorithm;
	const char *unknown = stanza_unknown(stanza, known);

	find_algorithm(stanza, &algorithm);
	if (!algorithm.cipher && !algorithm.mac)
		kat_skip_algorithm(stanza->kat, &algorithm);
	else if (unknown)
		skip_parameter(stanza, algorithm.name, unknown);
	else if (algorithm.cipher)
		run_cipher(stanza, &algorithm);
	else
		run_mac(stanza, &algorithm);
}

bool evp_run(const struct stanza *stanza)
{
	const char *kind = stanza->fields[kind_of(stanza)].key;

	if (strcmp(kind, "Cipher") == 0)
		run(stanza, "Cipher Key IV NextIV AAD Tag Plaintext Ciphertext Operation Result"
			    NO_MATTER);
	else if (strcmp(kind, "Digest") == 0)
		run(stanza, "Digest Input Output Count Ncopy" NO_MATTER);
	else if (strcmp(kind, "MAC") == 0 || strcmp(kind, "HMAC") == 0)
		run(stanza, "MAC HMAC Algorithm Key IV Input Output" NO_MATTER);
	else if (listed(others, COUNT(others), kind))
		kat_skip(stanza->kat, kind, LACK_WORDS, DETAIL_ALGORITHM);
	else
		return listed(definitions, COUNT(definitions), kind);
	return true;
}
