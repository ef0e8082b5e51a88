// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dev.h"
#include "vectors.h"

#define MAX_LINE 8192

static const struct {
	const char *name;
	uint32_t number;
} algorithms[] = {
	{ "AES-ECB", CRYPTO_AES_ECB },
	{ "AES-CBC", CRYPTO_AES_CBC },
	{ "AES-CTR", CRYPTO_AES_CTR },
	{ "AES-CFB", CRYPTO_AES_CFB },
	{ "AES-OFB", CRYPTO_AES_OFB },
	{ "MD5", CRYPTO_MD5 },
	{ "SHA1", CRYPTO_SHA1 },
	{ "SHA2-224", CRYPTO_SHA2_224 },
	{ "SHA2-256", CRYPTO_SHA2_256 },
	{ "SHA2-384", CRYPTO_SHA2_384 },
	{ "SHA2-512", CRYPTO_SHA2_512 },
	{ "HMAC-MD5", CRYPTO_MD5_HMAC },
	{ "HMAC-SHA1", CRYPTO_SHA1_HMAC },
	{ "HMAC-SHA2-224", CRYPTO_SHA2_224_HMAC },
	{ "HMAC-SHA2-256", CRYPTO_SHA2_256_HMAC },
	{ "HMAC-SHA2-384", CRYPTO_SHA2_384_HMAC },
	{ "HMAC-SHA2-512", CRYPTO_SHA2_512_HMAC },
	{ "AES-CMAC", CRYPTO_AES_CMAC },
};

static void parse_hex(const char *text, struct bytes *bytes)
{
	unsigned int byte;
	int used;

	for (bytes->length = 0; sscanf(text, " %2x%n", &byte, &used) == 1; text += used) {
		REQUIRE(bytes->length < sizeof(bytes->at));
		bytes->at[bytes->length++] = (uint8_t)byte;
	}
	REQUIRE(!*text);
}

static uint32_t find_algorithm(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(algorithms) && strcmp(name, algorithms[i].name))
		i++;
	REQUIRE(i < ARRAY_SIZE(algorithms));
	return algorithms[i].number;
}

static struct bytes *find_bytes(const char *name, struct vector *vector)
{
	const struct {
		const char *name;
		struct bytes *bytes;
	} fields[] = {
		{ "key", &vector->key },
		{ "iv", &vector->iv },
		{ "plaintext", &vector->plaintext },
		{ "ciphertext", &vector->ciphertext },
		{ "next_iv", &vector->next_iv },
		{ "mac_key", &vector->mac_key },
		{ "message", &vector->message },
		{ "digest", &vector->digest },
	};
	size_t i = 0;

	while (i < ARRAY_SIZE(fields) && strcmp(name, fields[i].name))
		i++;
	REQUIRE(i < ARRAY_SIZE(fields));
	return fields[i].bytes;
}

/* "name = value", where the value may be empty. */
static void parse_line(char *line, struct vector *vector)
{
	char *name = strtok(line, " ="), *value = strtok(NULL, "");

	REQUIRE(name);
	value = value ? value + strspn(value, " =") : line + strlen(line);
	if (!strcmp(name, "name"))
		snprintf(vector->name, sizeof(vector->name), "%s", value);
	else if (!strcmp(name, "cipher"))
		vector->cipher = find_algorithm(value);
	else if (!strcmp(name, "mac"))
		vector->mac = find_algorithm(value);
	else if (!strcmp(name, "repeat"))
		vector->repeat = strtoul(value, NULL, 10);
	else
		parse_hex(value, find_bytes(name, vector));
}

/* A vector ends at an empty line, or with the file. */
void each_vector(const char *path, void (*check)(const struct vector *vector))
{
	FILE *file = fopen(path, "re");
	struct vector vector = { .repeat = 1 };
	char line[MAX_LINE];
	bool more;

	REQUIRE(file);
	do {
		more = fgets(line, sizeof(line), file) != NULL;
		line[more ? strcspn(line, "\n") : 0] = 0;
		if (line[0] == '#')
			continue;
		if (line[0]) {
			parse_line(line, &vector);
			continue;
		}
		if (vector.cipher || vector.mac)
			check(&vector);
		vector = (struct vector){ .repeat = 1 };
	} while (more);
	fclose(file);
}
