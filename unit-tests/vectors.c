// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "vectors.h"

static const struct {
	const char *name;
	uint32_t id;
} ciphers[] = {
	{ "AES-ECB", VCRYPTO_CIPHER_AES_ECB },
	{ "AES-CBC", VCRYPTO_CIPHER_AES_CBC },
	{ "AES-CTR", VCRYPTO_CIPHER_AES_CTR },
	{ "AES-CFB", VCRYPTO_CIPHER_AES_CFB },
	{ "AES-OFB", VCRYPTO_CIPHER_AES_OFB },
	{ "AES-XTS", VCRYPTO_CIPHER_AES_XTS },
	{ "AES-GCM", VCRYPTO_CIPHER_AES_GCM },
	{ "AES-CCM", VCRYPTO_CIPHER_AES_CCM },
	{ "DES-CBC", VCRYPTO_CIPHER_DES_CBC },
	{ "3DES-CBC", VCRYPTO_CIPHER_3DES_CBC },
	{ "BLOWFISH-CBC", VCRYPTO_CIPHER_BLOWFISH_CBC },
	{ "CAMELLIA-CBC", VCRYPTO_CIPHER_CAMELLIA_CBC },
	{ "CHACHA20-POLY1305", VCRYPTO_CIPHER_CHACHA20_POLY1305 },
	{ "CAST5-CBC", VCRYPTO_CIPHER_CAST5_CBC },
}, macs[] = {
	{ "MD5", VCRYPTO_MAC_MD5 },
	{ "SHA1", VCRYPTO_MAC_SHA1 },
	{ "RIPEMD160", VCRYPTO_MAC_RIPEMD160 },
	{ "SHA2-224", VCRYPTO_MAC_SHA2_224 },
	{ "SHA2-256", VCRYPTO_MAC_SHA2_256 },
	{ "SHA2-384", VCRYPTO_MAC_SHA2_384 },
	{ "SHA2-512", VCRYPTO_MAC_SHA2_512 },
	{ "SHA3-224", VCRYPTO_MAC_SHA3_224 },
	{ "SHA3-256", VCRYPTO_MAC_SHA3_256 },
	{ "SHA3-384", VCRYPTO_MAC_SHA3_384 },
	{ "SHA3-512", VCRYPTO_MAC_SHA3_512 },
	{ "AES-CMAC", VCRYPTO_MAC_CMAC_AES },
};

static uint32_t find_cipher(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(ciphers); i++)
		if (strcmp(ciphers[i].name, name) == 0)
			return ciphers[i].id;
	sim_die("a vector for an unknown cipher");
}

static uint32_t find_mac(const char *name)
{
	uint32_t keyed = strncmp(name, "HMAC-", 5) == 0 ? VCRYPTO_HMAC : 0;
	size_t i;

	for (i = 0; i < COUNT(macs); i++)
		if (strcmp(macs[i].name, keyed ? name + 5 : name) == 0)
			return keyed + macs[i].id;
	sim_die("a vector for an unknown MAC");
}

static void set_bytes(struct vector *vector, const char *key, const char *value)
{
	const struct {
		const char *key;
		struct bytes *bytes;
	} fields[] = {
		{ "key", &vector->key }, { "iv", &vector->iv },
		{ "plaintext", &vector->plaintext }, { "ciphertext", &vector->ciphertext },
		{ "next_iv", &vector->next_iv }, { "mac_key", &vector->mac_key },
		{ "message", &vector->message }, { "digest", &vector->digest },
		{ "aad", &vector->aad }, { "tag", &vector->tag },
	};
	size_t i;

	for (i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].key, key) == 0) {
			fields[i].bytes->len = unhex(value, fields[i].bytes->at,
						     sizeof(fields[i].bytes->at));
			return;
		}
	sim_die("a vector with an unknown key");
}

static void set_field(struct vector *vector, const char *key, const char *value)
{
	if (strcmp(key, "name") == 0)
		snprintf(vector->name, sizeof(vector->name), "%s", value);
	else if (strcmp(key, "cipher") == 0)
		vector->cipher = find_cipher(value);
	else if (strcmp(key, "mac") == 0)
		vector->mac = find_mac(value);
	else if (strcmp(key, "repeat") == 0)
		vector->repeat = strtoul(value, NULL, 10);
	else
		set_bytes(vector, key, value);
}

/* "key = value", where the value may be empty. */
static void parse_line(struct vector *vector, char *line)
{
	char *equals = strchr(line, '=');
	char *value;

	if (!equals || equals == line)
		sim_die("a line without key and value in a file of vectors");
	for (value = equals + 1; *value == ' '; value++)
		;
	while (equals > line && equals[-1] == ' ')
		equals--;
	*equals = '\0';
	set_field(vector, line, value);
}

size_t each_vector(const char *file, void (*check)(const struct vector *vector))
{
	struct vector vector = { .repeat = 1 };
	char path[512], line[2048];
	size_t count = 0;
	bool more = true;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", VECTORS, file);
	in = fopen(path, "r");
	if (!in)
		sim_die("a file of vectors is missing");
	while (more) {
		more = fgets(line, sizeof(line), in) != NULL;
		if (more)
			line[strcspn(line, "\n")] = '\0';
		if (more && *line == '#')
			continue;
		if (more && *line) {
			parse_line(&vector, line);
			continue;
		}
		if (vector.cipher || vector.mac) {
			check(&vector);
			count++;
		}
		vector = (struct vector){ .repeat = 1 };
	}
	fclose(in);
	return count;
}
