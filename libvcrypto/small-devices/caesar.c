// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "caesar.h"

#define LETTERS 26

void vcrypto_caesar_reset(struct vcrypto_caesar *caesar)
{
	memset(caesar, 0, sizeof(*caesar));
	caesar->key = VCRYPTO_CAESAR_DEFAULT_KEY;
	caesar->size = VCRYPTO_CAESAR_DEFAULT_SIZE;
}

struct vcrypto_caesar_config vcrypto_caesar_get_config(const struct vcrypto_caesar *caesar)
{
	struct vcrypto_caesar_config config = {
		.key = vcrypto_put32((uint32_t)caesar->key),
		.size = vcrypto_put32(caesar->size),
	};

	return config;
}

void vcrypto_caesar_set_config(struct vcrypto_caesar *caesar,
			       const struct vcrypto_caesar_config *config)
{
	uint32_t size = vcrypto_get32(config->size);

	caesar->key = (int32_t)vcrypto_get32(config->key);
	if (size >= 1 && size <= VCRYPTO_CAESAR_MAX_SIZE)
		caesar->size = size;
}

/* The letter that @letter's alphabet begins with; 0 if it is no letter. */
static uint8_t first_letter(uint8_t letter)
{
	if (letter >= 'A' && letter <= 'Z')
		return 'A';
	if (letter >= 'a' && letter <= 'z')
		return 'a';
	return 0;
}

bool vcrypto_caesar_shift(uint8_t *text, size_t len, int32_t key, bool back)
{
	/* In C the remainder of a negative number is negative, or zero. */
	uint32_t ahead = (uint32_t)(key % LETTERS + LETTERS) % LETTERS;
	size_t i;

	for (i = 0; i < len; i++)
		if (!first_letter(text[i]))
			return false;
	if (back)
		ahead = LETTERS - ahead;
	for (i = 0; i < len; i++) {
		uint8_t first = first_letter(text[i]);

		text[i] = (uint8_t)(first + (text[i] - first + ahead) % LETTERS);
	}
	return true;
}
