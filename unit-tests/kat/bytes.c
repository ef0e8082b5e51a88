// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <ctype.h>

#include "kat.h"

void bytes_free(struct bytes *bytes)
{
	kat_free(bytes->at);
	*bytes = (struct bytes){ 0 };
}

void bytes_set(struct bytes *bytes, const void *from, size_t len)
{
	uint8_t *copy = kat_alloc(len);

	if (len)
		memcpy(copy, from, len);
	bytes_free(bytes);
	*bytes = (struct bytes){ copy, len, true };
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool bytes_from_hex(struct bytes *bytes, const char *hex, size_t len)
{
	uint8_t *to;
	size_t i;

	if (len % 2)
		return false;
	for (i = 0; i < len; i++)
		if (digit(hex[i]) < 0)
			return false;
	to = kat_alloc(len / 2);
	for (i = 0; i < len / 2; i++)
		to[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	bytes_free(bytes);
	*bytes = (struct bytes){ to, len / 2, true };
	return true;
}

char *kat_line(char **text, char *end)
{
	char *line = *text;
	char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;

	if (line >= end)
		return NULL;
	*text = newline ? newline + 1 : end;
	if (newline)
		*newline = '\0';
	return line;
}

char *kat_trim(char *from)
{
	size_t len;

	while (isspace((unsigned char)*from))
		from++;
	len = strlen(from);
	while (len && isspace((unsigned char)from[len - 1]))
		from[--len] = '\0';
	return from;
}

void vector_clear(struct vector *vector)
{
	bytes_free(&vector->key);
	bytes_free(&vector->mac_key);
	bytes_free(&vector->iv);
	bytes_free(&vector->aad);
	bytes_free(&vector->plaintext);
	bytes_free(&vector->ciphertext);
	bytes_free(&vector->tag);
	bytes_free(&vector->next_iv);
	bytes_free(&vector->message);
	bytes_free(&vector->digest);
	memset(vector, 0, sizeof(*vector));
	vector->repeat = 1;
}

void vector_expand_tdes(struct vector *vector)
{
	const struct bytes *key = &vector->key;
	uint8_t all[24];
	size_t i;

	if (key->len != 8 && key->len != 16)
		return;
	for (i = 0; i < 3; i++)
		memcpy(all + 8 * i, key->at + (key->len == 16 && i == 1 ? 8 : 0), 8);
	bytes_set(&vector->key, all, sizeof(all));
}
