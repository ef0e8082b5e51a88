// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Our own format, described in vcrypto-kat.1. */
#include <stdlib.h>

#include "kat.h"

struct text {
	struct kat *kat;
	struct vector vector;
	unsigned line;
	bool begun;
	struct algorithm lacking;	/* which the interface does not have; or no name */
};

static _Noreturn void wrong(const struct text *text, const char *what, const char *name)
{
	char where[32];

	snprintf(where, sizeof(where), "line %u", text->line);
	kat_file_error(text->kat, where, "%s%s", what, name);
}

static struct bytes *find_bytes(struct vector *vector, const char *key)
{
	const struct {
		const char *key;
		struct bytes *bytes;
	} fields[] = {
		{ "key", &vector->key }, { "iv", &vector->iv }, { "aad", &vector->aad },
		{ "plaintext", &vector->plaintext }, { "ciphertext", &vector->ciphertext },
		{ "tag", &vector->tag }, { "next_iv", &vector->next_iv },
		{ "mac_key", &vector->mac_key }, { "message", &vector->message },
		{ "digest", &vector->digest },
	};
	size_t i;

	for (i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].key, key) == 0)
			return fields[i].bytes;
	return NULL;
}

static void set_repeat(struct text *text, const char *value)
{
	char *end;

	text->vector.repeat = strtoul(value, &end, 10);
	if (end == value || *end || !text->vector.repeat || text->vector.repeat > KAT_LONGEST)
		wrong(text, "not a number of times: ", value);
}

static void set_result(struct text *text, const char *value)
{
	if (strcmp(value, "invalid") == 0)
		text->vector.verdict = INVALID;
	else if (strcmp(value, "valid") != 0)
		wrong(text, "result is valid or invalid, not ", value);
}

static void set(struct text *text, const char *key, const char *value)
{
	struct vector *vector = &text->vector;
	struct bytes *bytes = find_bytes(vector, key);
	struct algorithm algorithm;

	if (bytes) {
		if (bytes->given)
			wrong(text, "twice in one vector: ", key);
		if (!bytes_from_hex(bytes, value, strlen(value)))
			wrong(text, "not hexadecimal: ", key);
	} else if (strcmp(key, "name") == 0) {
		snprintf(vector->where, sizeof(vector->where), "line %u, %s", text->line, value);
	} else if (strcmp(key, "cipher") == 0) {
		kat_find(&algorithm, value);
		if (algorithm.mac)
			wrong(text, "no cipher: ", value);
		vector->cipher = algorithm.cipher;
		if (!vector->cipher)
			text->lacking = algorithm;
	} else if (strcmp(key, "mac") == 0) {
		kat_find(&algorithm, value);
		if (algorithm.cipher)
			wrong(text, "no MAC: ", value);
		vector->mac = algorithm.mac;
		if (!vector->mac)
			text->lacking = algorithm;
	} else if (strcmp(key, "repeat") == 0) {
		set_repeat(text, value);
	} else if (strcmp(key, "result") == 0) {
		set_result(text, value);
	} else {
		wrong(text, "unknown key ", key);
	}
}

/* What every vector of its kind must have. */
static const char *missing(const struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);

	if (!cipher && !mac)
		return "cipher or mac";
	if (cipher && cipher->key_min && !vector->key.given)
		return "key";
	if (cipher && cipher->iv_len && !vector->iv.given)
		return "iv";
	if (cipher && !vector->ciphertext.given)
		return "ciphertext";
	if (cipher && !vector->plaintext.given && vector->verdict != INVALID)
		return "plaintext";
	if (cipher && cipher->tag_len && !vector->tag.len)
		return "tag";
	if (mac && mac->keyed && !vector->mac_key.given)
		return "mac_key";
	if (mac && mac->iv_len && !vector->iv.given)
		return "iv";
	if (mac && !cipher && !vector->message.given)
		return "message";
	/* An empty one would be what anything begins with. */
	return mac && !vector->digest.len ? "digest" : NULL;
}

/* What a vector of this kind has no use for, so that nobody would compare it. */
static const char *surplus(struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);
	bool aead = cipher && cipher->tag_len;
	const struct {
		const char *key;
		bool used;
	} fields[] = {
		{ "key", cipher }, { "iv", cipher || (mac && mac->iv_len) }, { "aad", aead },
		{ "plaintext", cipher }, { "ciphertext", cipher }, { "tag", aead },
		{ "next_iv", cipher && !aead }, { "mac_key", mac && mac->keyed },
		{ "message", !cipher }, { "digest", mac },
	};
	size_t i;

	for (i = 0; i < COUNT(fields); i++)
		if (!fields[i].used && find_bytes(vector, fields[i].key)->given)
			return fields[i].key;
	return cipher && vector->repeat != 1 ? "repeat" : NULL;
}

static void check(struct text *text)
{
	struct vector *vector = &text->vector;
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);

	if (missing(vector))
		wrong(text, "the vector before this line has no ", missing(vector));
	if (surplus(vector))
		wrong(text, "the vector before this line has no use for ", surplus(vector));
	if (vector->plaintext.given && vector->plaintext.len != vector->ciphertext.len)
		wrong(text, "plaintext and ciphertext of different lengths before this line", "");
	if (cipher && vector->next_iv.given && vector->next_iv.len != cipher->iv_len)
		wrong(text, "a next_iv of another length than the cipher's before this line", "");
	if (mac && vector->digest.len > mac->digest_len)
		wrong(text, "a digest that is too long before this line", "");
	if (vector->verdict == INVALID && cipher && !cipher->tag_len)
		wrong(text, "result = invalid without a tag or MAC before this line", "");
	if (vector->message.len > KAT_LONGEST / vector->repeat)
		wrong(text, "a message of more than 256 MiB before this line", "");
}

/* 16 bytes are the IV as it is on the wire (protocol 4.8.1): the nonce is within. */
static void unpack_nonce(struct vector *vector)
{
	size_t len;

	if (vector->cipher != VCRYPTO_CIPHER_AES_CCM || vector->iv.len != 16 ||
	    vector->iv.at[0] < 1 || vector->iv.at[0] > 7)
		return;
	len = 14u - vector->iv.at[0];
	memmove(vector->iv.at, vector->iv.at + 1, len);
	vector->iv.len = len;
}

static void end_vector(struct text *text)
{
	if (!text->begun)
		return;
	if (*text->lacking.name) {
		kat_skip_algorithm(text->kat, &text->lacking);
	} else {
		unpack_nonce(&text->vector);
		check(text);
		kat_vector(text->kat, &text->vector);
	}
	vector_clear(&text->vector);
	text->lacking.name[0] = '\0';
	text->begun = false;
}

static void one_line(struct text *text, char *line)
{
	char *equals;

	line = kat_trim(line);
	if (*line == '#')
		return;
	if (!*line) {
		end_vector(text);
		return;
	}
	equals = strchr(line, '=');
	if (!equals || equals == line)
		wrong(text, "not \"key = value\"", "");
	*equals = '\0';
	if (!text->begun)
		snprintf(text->vector.where, sizeof(text->vector.where), "line %u", text->line);
	text->begun = true;
	set(text, kat_trim(line), kat_trim(equals + 1));
}

void kat_text(struct kat *kat, char *from, size_t len)
{
	struct text text = { .kat = kat, .vector = { .repeat = 1 } };
	char *end = from + len;
	char *line;

	while ((line = kat_line(&from, end))) {
		text.line++;
		one_line(&text, line);
	}
	text.line++;
	end_vector(&text);
}
