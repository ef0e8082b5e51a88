// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the fields of ACVP's tests mean, algorithm by algorithm. */
#include "acvp.h"

#define LONGEST_SEED 8192

static _Noreturn void wrong(const struct acvp *acvp, const char *what)
{
	kat_file_error(acvp->kat, acvp->where, "%s", what);
}

/* One key, or the three of TDES in fields of their own. */
static void key(const struct acvp *acvp, struct vector *vector)
{
	static const char *const names[] = { "key1", "key2", "key3" };
	struct bytes part = { 0 };
	uint8_t all[24];
	size_t i;

	acvp_hex(acvp, "key", &vector->key);
	for (i = 0; i < COUNT(names) && acvp_with(acvp, names[i]); i++) {
		acvp_hex(acvp, names[i], &part);
		if (part.len != 8)
			wrong(acvp, "a DES key of another length than 8 bytes");
		memcpy(all + 8 * i, part.at, 8);
	}
	if (i == COUNT(names))
		bytes_set(&vector->key, all, sizeof(all));
	bytes_free(&part);
	if (vector->cipher == VCRYPTO_CIPHER_3DES_CBC)
		vector_expand_tdes(vector);
}

/* XTS: the tweak as such, or the data unit's number (IEEE 1619, 5.1: little-endian). */
static void iv(const struct acvp *acvp, struct vector *vector)
{
	uint8_t tweak[16] = { 0 };
	size_t i, number;

	if (vector->cipher != VCRYPTO_CIPHER_AES_XTS) {
		acvp_hex(acvp, "iv", &vector->iv);
	} else if (acvp_with(acvp, "sequenceNumber") && !acvp_says(acvp, "tweakMode", "hex")) {
		number = acvp_number(acvp, "sequenceNumber");
		for (i = 0; i < sizeof(number); i++)
			tweak[i] = (uint8_t)(number >> (8 * i));
		bytes_set(&vector->iv, tweak, sizeof(tweak));
	} else {
		acvp_hex(acvp, "tweakValue", &vector->iv);
	}
}

/* CCM's ciphertext ends with the tag. */
static void cut_tag(const struct acvp *acvp, struct vector *vector)
{
	size_t len = acvp_number(acvp, "tagLen") / 8;

	if (vector->ciphertext.len < len)
		wrong(acvp, "\"ct\" is shorter than the tag");
	vector->ciphertext.len -= len;
	bytes_set(&vector->tag, vector->ciphertext.at + vector->ciphertext.len, len);
}

static bool in_bits(const struct acvp *acvp)
{
	static const char *const lengths[] = {
		"payloadLen", "ivLen", "aadLen", "tagLen", "dataUnitLen",
	};
	size_t i;

	for (i = 0; i < COUNT(lengths); i++)
		if (acvp_number(acvp, lengths[i]) % 8)
			return true;
	return false;
}

static bool must_fail(const struct acvp *acvp)
{
	const json_t *passed = json_object_get(acvp_with(acvp, "testPassed"), "testPassed");

	if (passed && !json_is_boolean(passed))
		wrong(acvp, "\"testPassed\" is neither true nor false");
	return json_is_false(passed);
}

static const char *lacking(const struct vector *vector, bool aead)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);

	if (!vector->key.given)
		return "the key";
	if (cipher->iv_len && !vector->iv.given)
		return "the IV";
	if (!vector->plaintext.given && vector->verdict != INVALID)
		return vector->ciphertext.given ? "the answer" : "the text";
	if (!vector->ciphertext.given || (aead && !vector->tag.given))
		return "the answer";
	return NULL;
}

const char *acvp_cipher(const struct acvp *acvp, struct vector *vector, enum lack *lack)
{
	bool aead = vcrypto_cipher_find(acvp->algorithm.cipher)->tag_len;
	size_t unit = acvp_number(acvp, "dataUnitLen");

	vector->cipher = acvp->algorithm.cipher;
	if (in_bits(acvp))
		return DETAIL_BITS;
	if (unit && unit != acvp_number(acvp, "payloadLen"))
		return "a payload of several data units";
	key(acvp, vector);
	iv(acvp, vector);
	acvp_hex(acvp, "pt", &vector->plaintext);
	acvp_hex(acvp, "ct", &vector->ciphertext);
	acvp_hex(acvp, "aad", &vector->aad);
	acvp_hex(acvp, "tag", &vector->tag);
	if (aead && must_fail(acvp))
		vector->verdict = INVALID;
	if (vector->cipher == VCRYPTO_CIPHER_AES_CCM && vector->ciphertext.given)
		cut_tag(acvp, vector);
	*lack = LACK_FILE;
	return lacking(vector, aead);
}

/* A large message: a short one, and how long it becomes when it is repeated. */
static const char *large(const struct acvp *acvp, struct vector *vector, const json_t *large)
{
	const struct kat *kat = acvp->kat;
	const char *where = acvp->where;
	size_t content = (size_t)kat_json_number(kat, where, large, "contentLength", -1);
	size_t full = (size_t)kat_json_number(kat, where, large, "fullLength", -1);

	kat_json_hex(kat, where, large, "content", &vector->message, true);
	if (!content || content % 8 || content / 8 != vector->message.len || !full ||
	    full % content)
		wrong(acvp, "\"largeMsg\" with lengths that do not fit");
	if (full / 8 > KAT_LONGEST)
		return "a message of more than 256 MiB";
	vector->repeat = full / content;
	return NULL;
}

static const char *message(const struct acvp *acvp, struct vector *vector, enum lack *lack)
{
	const json_t *more = json_object_get(acvp->test, "largeMsg");
	const char *len = acvp_with(acvp, "len") ? "len" : "msgLen";

	if (more)
		return large(acvp, vector, more);
	if (acvp_number(acvp, len) % 8)
		return DETAIL_BITS;
	acvp_hex(acvp, acvp_with(acvp, "message") ? "message" : "msg", &vector->message);
	*lack = LACK_FILE;
	if (!vector->message.given)
		return "the message";
	/* An empty one may be written as 00. */
	if (acvp_with(acvp, len) && vector->message.len != acvp_number(acvp, len) / 8) {
		if (acvp_number(acvp, len))
			wrong(acvp, "\"msg\" has another length than it says");
		vector->message.len = 0;
	}
	return NULL;
}

/* A GMAC's fields are those of a GCM message of AAD alone. */
static const char *gmac(const struct acvp *acvp, struct vector *vector, enum lack *lack)
{
	if (in_bits(acvp))
		return DETAIL_BITS;
	acvp_hex(acvp, "key", &vector->mac_key);
	acvp_hex(acvp, "iv", &vector->iv);
	acvp_hex(acvp, "aad", &vector->message);
	acvp_hex(acvp, "tag", &vector->digest);
	vector->verdict = must_fail(acvp) ? INVALID : VALID;
	*lack = LACK_FILE;
	if (!vector->mac_key.given)
		return "the key";
	if (!vector->iv.given)
		return "the IV";
	if (!vector->digest.given)
		return "the answer";
	if (!vector->digest.len || vector->digest.len > 16)
		wrong(acvp, "a tag that is too long or empty");
	return NULL;
}

const char *acvp_mac(const struct acvp *acvp, struct vector *vector, enum lack *lack)
{
	bool keyed = vcrypto_mac_find(acvp->algorithm.mac)->keyed;
	const char *detail;

	vector->mac = acvp->algorithm.mac;
	if (vcrypto_mac_find(vector->mac)->kind == VCRYPTO_KIND_GMAC)
		return gmac(acvp, vector, lack);
	if (acvp_number(acvp, "macLen") % 8 || acvp_number(acvp, "keyLen") % 8)
		return DETAIL_BITS;
	detail = message(acvp, vector, lack);
	if (detail)
		return detail;
	*lack = LACK_FILE;
	acvp_hex(acvp, keyed ? "mac" : "md", &vector->digest);
	if (keyed)
		acvp_hex(acvp, "key", &vector->mac_key);
	if (keyed && !vector->mac_key.given)
		return "the key";
	if (!vector->digest.given)
		return "the answer";
	if (acvp_with(acvp, "macLen") && acvp_number(acvp, "macLen") / 8 < vector->digest.len)
		vector->digest.len = acvp_number(acvp, "macLen") / 8;
	if (!vector->digest.len ||
	    vector->digest.len > vcrypto_mac_find(vector->mac)->digest_len)
		wrong(acvp, "a digest that is too long or empty");
	if (must_fail(acvp))
		vector->verdict = INVALID;
	return NULL;
}

const char *acvp_monte_cipher(const struct acvp *acvp, struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(acvp->algorithm.cipher);
	size_t block = cipher->id == VCRYPTO_CIPHER_3DES_CBC ? 8 : 16;
	enum lack lack;
	const char *detail = acvp_cipher(acvp, vector, &lack);

	if (detail)
		return detail;
	if (cipher->tag_len || cipher->id == VCRYPTO_CIPHER_AES_XTS ||
	    cipher->id == VCRYPTO_CIPHER_AES_CTR)
		return "what a Monte Carlo test of this cipher is";
	if (vector->plaintext.len != block || vector->ciphertext.len != block ||
	    vector->iv.len != cipher->iv_len)
		wrong(acvp, "a Monte Carlo test with another length than a block's");
	vector->monte = block == 8 ? MONTE_TDES : MONTE_AES;
	vector->decrypt = acvp_says(acvp, "direction", "decrypt");
	return NULL;
}

const char *acvp_monte_hash(const struct acvp *acvp, struct vector *vector, struct bytes *seed)
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(acvp->algorithm.mac);

	vector->mac = mac->id;
	if (mac->keyed)
		return "what a Monte Carlo test of a MAC is";
	kat_json_hex(acvp->kat, acvp->where, acvp->test, "md", &vector->digest, false);
	if (!vector->digest.given)
		return "the answer";
	if (vector->digest.len != mac->digest_len || seed->len > LONGEST_SEED)
		wrong(acvp, "a Monte Carlo test whose digest or seed has a wrong length");
	bytes_set(&vector->message, seed->at, seed->len);
	bytes_set(seed, vector->digest.at, vector->digest.len);
	vector->monte = mac->id >= VCRYPTO_MAC_SHA3_224 ? MONTE_SHA3 : MONTE_SHA;
	vector->monte_len = acvp->monte_len;
	return NULL;
}
