// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The one table of algorithms, and the names that they go by. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tool.h"

#define CIPHER(number_, block_, iv_, min_, max_, step_, whole_, name_, kernel_, aliases_) \
	{ .number = CRYPTO_##number_, .kind = KIND_CIPHER, .block = block_, .iv_len = iv_, \
	  .key_min = min_, .key_max = max_, .key_step = step_, .whole = whole_, \
	  .name = name_, .kernel = kernel_, .aliases = aliases_ }

#define AEAD(number_, iv_, min_, max_, step_, name_, kernel_, aliases_) \
	{ .number = CRYPTO_##number_, .kind = KIND_AEAD, .block = 1, .iv_len = iv_, \
	  .key_min = min_, .key_max = max_, .key_step = step_, .result_len = 16, \
	  .whole = true, .name = name_, .kernel = kernel_, .aliases = aliases_ }

#define HASH(number_, digest_, name_, aliases_, hmac_aliases_) \
	{ .number = CRYPTO_##number_, .kind = KIND_HASH, .block = 1, .result_len = digest_, \
	  .name = name_, .kernel = name_, .aliases = aliases_ }, \
	{ .number = CRYPTO_##number_##_HMAC, .kind = KIND_MAC, .block = 1, .key_min = 1, \
	  .key_max = CRYPTO_HMAC_MAX_KEY_LEN, .key_step = 1, .result_len = digest_, \
	  .name = "hmac-" name_, .kernel = "hmac(" name_ ")", .aliases = hmac_aliases_ }

#define AES_MAC(number_, iv_, name_, kernel_, aliases_) \
	{ .number = CRYPTO_##number_, .kind = KIND_MAC, .block = 1, .iv_len = iv_, \
	  .key_min = 16, .key_max = 32, .key_step = 8, .result_len = 16, .name = name_, \
	  .kernel = kernel_, .aliases = aliases_ }

const struct algorithm algorithms[] = {
	/*    number     block iv  keys        whole  names */
	CIPHER(NULL, 1, 0, 0, 0, 0, false, "null", "ecb(cipher_null)", " ecb-null "),
	CIPHER(AES_ECB, 16, 0, 16, 32, 8, false, "aes-ecb", "ecb(aes)", " ecb-aes "),
	CIPHER(AES_CBC, 16, 16, 16, 32, 8, false, "aes-cbc", "cbc(aes)", " cbc-aes "),
	CIPHER(AES_CTR, 1, 16, 16, 32, 8, false, "aes-ctr", "ctr(aes)", " ctr-aes "),
	CIPHER(AES_CFB, 1, 16, 16, 32, 8, false, "aes-cfb", "cfb(aes)", " cfb-aes "),
	CIPHER(AES_OFB, 1, 16, 16, 32, 8, false, "aes-ofb", "ofb(aes)", " ofb-aes "),
	CIPHER(AES_XTS, 16, 16, 32, 64, 16, true, "aes-xts", "xts(aes)", " xts-aes "),
	CIPHER(DES_CBC, 8, 8, 8, 8, 0, false, "des-cbc", "cbc(des)", " des cbc-des "),
	CIPHER(3DES_CBC, 8, 8, 24, 24, 0, false, "3des-cbc", "cbc(des3_ede)",
	       " 3des des3 des-ede3-cbc cbc-des3_ede "),
	CIPHER(BLF_CBC, 8, 8, 4, 56, 1, false, "blowfish-cbc", "cbc(blowfish)",
	       " blowfish bf bf-cbc cbc-blowfish "),
	CIPHER(CAMELLIA_CBC, 16, 16, 16, 32, 8, false, "camellia-cbc", "cbc(camellia)",
	       " cbc-camellia "),
	CIPHER(CAST_CBC, 8, 8, 5, 16, 1, false, "cast5-cbc", "cbc(cast5)",
	       " cast cast5 cast-cbc cbc-cast5 "),
	CIPHER(ARC4, 1, 0, 1, 64, 1, false, "arc4", "ecb(arc4)", " rc4 arcfour ecb-arc4 "),
	AEAD(AES_GCM, 12, 16, 32, 8, "aes-gcm", "gcm(aes)", " gcm-aes "),
	AEAD(AES_CCM, 16, 16, 32, 8, "aes-ccm", "ccm(aes)", " ccm-aes "),
	AEAD(CHACHA20_POLY1305, 12, 32, 32, 0, "chacha20-poly1305", "rfc7539(chacha20,poly1305)",
	     " chacha20poly1305 "),
	/*  number  digest  names */
	HASH(MD5, 16, "md5", " ", " hmacmd5 "),
	HASH(SHA1, 20, "sha1", " sha-1 ", " hmac-sha-1 hmacsha1 "),
	HASH(RIPEMD160, 20, "rmd160", " ripemd160 ripemd-160 ", " hmac-ripemd160 "),
	HASH(SHA2_224, 28, "sha224", " sha-224 sha2-224 ", " hmac-sha-224 hmac-sha2-224 "),
	HASH(SHA2_256, 32, "sha256", " sha-256 sha2-256 ", " hmac-sha-256 hmac-sha2-256 "),
	HASH(SHA2_384, 48, "sha384", " sha-384 sha2-384 ", " hmac-sha-384 hmac-sha2-384 "),
	HASH(SHA2_512, 64, "sha512", " sha-512 sha2-512 ", " hmac-sha-512 hmac-sha2-512 "),
	HASH(SHA3_224, 28, "sha3-224", " ", " "),
	HASH(SHA3_256, 32, "sha3-256", " ", " "),
	HASH(SHA3_384, 48, "sha3-384", " ", " "),
	HASH(SHA3_512, 64, "sha3-512", " ", " "),
	/*     number  iv  names */
	AES_MAC(AES_CMAC, 0, "cmac-aes", "cmac(aes)", " cmac aes-cmac "),
	AES_MAC(AES_GMAC, 12, "gmac-aes", "gmac(aes)", " gmac aes-gmac "),
};

const size_t algorithm_count = COUNT(algorithms);

#define MAX_NAME 40

static bool has_alias(const struct algorithm *algorithm, const char *name)
{
	char word[MAX_NAME + 3];

	snprintf(word, sizeof(word), " %s ", name);
	return !strchr(name, ' ') && strstr(algorithm->aliases, word);
}

static const struct algorithm *find_exactly(const char *name)
{
	for (size_t i = 0; i < algorithm_count; i++)
		if (!strcmp(algorithms[i].name, name) || !strcmp(algorithms[i].kernel, name) ||
		    has_alias(&algorithms[i], name))
			return &algorithms[i];
	return NULL;
}

/* "aes-128-cbc": an XTS key is two, each of that many bits. */
static bool find_with_bits(const char *name, struct choice *choice)
{
	const char *dash = strchr(name, '-');
	char *end = NULL, shorter[MAX_NAME + 1];
	unsigned long bits = dash && isdigit((unsigned char)dash[1]) ?
			     strtoul(dash + 1, &end, 10) : 0;

	if (!bits || *end != '-' || bits > 8 * CRYPTO_CIPHER_MAX_KEY_LEN || bits % 8)
		return false;
	snprintf(shorter, sizeof(shorter), "%.*s%s", (int)(dash - name), name, end);
	choice->algorithm = find_exactly(shorter);
	choice->key_len = bits / 8;
	if (!choice->algorithm)
		return false;
	if (choice->algorithm->number == CRYPTO_AES_XTS)
		choice->key_len *= 2;
	/* One that has only one length has no such names. */
	return choice->algorithm->key_step > 1 &&
	       algorithm_key_len_ok(&(struct choice){ choice->algorithm, 0 }, choice->key_len);
}

bool algorithm_find(const char *name, struct choice *choice)
{
	char lower[MAX_NAME + 1];
	size_t len = strlen(name);

	if (!len || len > MAX_NAME)
		return false;
	for (size_t i = 0; i <= len; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	*choice = (struct choice){ find_exactly(lower), 0 };
	return choice->algorithm || find_with_bits(lower, choice);
}

bool algorithm_key_len_ok(const struct choice *choice, size_t len)
{
	const struct algorithm *algorithm = choice->algorithm;

	if (choice->key_len)
		return len == choice->key_len;
	if (len < algorithm->key_min || len > algorithm->key_max)
		return false;
	return !algorithm->key_step || (len - algorithm->key_min) % algorithm->key_step == 0;
}

char *algorithm_key_lens(const struct choice *choice, char *text, size_t size)
{
	const struct algorithm *algorithm = choice->algorithm;
	unsigned int min = algorithm->key_min, max = algorithm->key_max;
	unsigned int step = algorithm->key_step;

	if (choice->key_len)
		snprintf(text, size, "%zu", choice->key_len);
	else if (min == max)
		snprintf(text, size, "%u", min);
	else if (step == 1)
		snprintf(text, size, "%u to %u", min, max);
	else if (min + step == max)
		snprintf(text, size, "%u or %u", min, max);
	else
		snprintf(text, size, "%u, %u or %u", min, min + step, max);
	return text;
}

bool algorithm_decrypts(const struct algorithm *algorithm)
{
	return algorithm->kind == KIND_CIPHER || algorithm->kind == KIND_AEAD;
}

bool algorithm_tag_len_ok(const struct algorithm *algorithm, size_t len)
{
	switch (algorithm->number) {
	case CRYPTO_AES_GCM:
		return len == 4 || len == 8 || (len >= 12 && len <= 16);
	case CRYPTO_AES_CCM:
		return len >= 4 && len <= 16 && len % 2 == 0;
	default:
		return len == algorithm->result_len;
	}
}

const char *kind_name(enum kind kind)
{
	static const char *const names[] = {
		[KIND_CIPHER] = "cipher",
		[KIND_AEAD] = "AEAD",
		[KIND_HASH] = "hash",
		[KIND_MAC] = "MAC",
	};

	return names[kind];
}
