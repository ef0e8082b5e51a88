// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What vcrypto-kat does with files: the first byte chooses a name for the file,
 * the others are the file.  Each vector must be one that run.c can run, which
 * checks no more than what a device may do without.
 *
 * Unlike the other targets' the inputs are files, not decisions: see README.md.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include "fuzz.h"
#include "kat.h"

/* Memory that is in use: a parser that ends early leaves it behind. */
struct block {
	struct block *next;
	struct block **link;	/* what points here */
};

static struct block *blocks;
static jmp_buf end;

/* There is no shared memory here. */
void vcrypto_read_hook(const void *shared, size_t len)
{
	(void)shared;
	(void)len;
}

void *kat_alloc(size_t len)
{
	struct block *block = calloc(1, sizeof(*block) + len);

	CHECK(block);
	block->next = blocks;
	block->link = &blocks;
	if (blocks)
		blocks->link = &block->next;
	blocks = block;
	return block + 1;
}

void kat_free(void *memory)
{
	struct block *block = memory;

	if (!memory)
		return;
	block--;
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
	free(block);
}

void kat_die(const char *format, ...)
{
	(void)format;
	longjmp(end, 1);
}

void kat_file_error(const struct kat *kat, const char *where, const char *format, ...)
{
	va_list arguments;
	char what[256];

	(void)kat;
	CHECK(strlen(where) < sizeof(what));
	va_start(arguments, format);
	CHECK(vsnprintf(what, sizeof(what), format, arguments) > 0);
	va_end(arguments);
	longjmp(end, 1);
}

void kat_skip(struct kat *kat, const char *algorithm, enum lack lack, const char *detail)
{
	CHECK(*algorithm && lack < LACK_COUNT && (!detail || *detail));
	kat->skipped++;
}

void kat_skip_algorithm(struct kat *kat, const struct algorithm *algorithm)
{
	CHECK(!algorithm->cipher && !algorithm->mac);
	kat->skipped++;
}

const char *kat_algorithm(const struct vector *vector)
{
	return vector->cipher ? kat_cipher_name(vector->cipher) : kat_mac_name(vector->mac);
}

/* All of them can be read. */
static void check_bytes(const struct bytes *bytes)
{
	size_t i, sum = 0;

	CHECK(!bytes->len || bytes->given);
	for (i = 0; i < bytes->len; i++)
		sum += bytes->at[i];
	CHECK(sum <= bytes->len * 255);
}

static void check_cipher(const struct vector *vector, const struct vcrypto_cipher *cipher)
{
	CHECK(vector->ciphertext.given);
	if (vector->verdict == INVALID)
		CHECK(cipher->tag_len || vector->padded);
	else if (!vector->padded)
		CHECK(vector->plaintext.len == vector->ciphertext.len);
	CHECK(!vector->padded || cipher->block == 16);
	CHECK(!vector->next_iv.len || vector->next_iv.len == cipher->iv_len);
	if (vector->monte) {
		CHECK(!cipher->tag_len && vector->verdict == VALID);
		CHECK(vector->plaintext.len == cipher->block && vector->iv.len == cipher->iv_len);
	}
}

static void check_mac(const struct vector *vector, const struct vcrypto_mac *mac)
{
	CHECK(vector->digest.len && vector->digest.len <= mac->digest_len);
	CHECK(vector->repeat && vector->message.len <= KAT_LONGEST / vector->repeat);
	if (vector->monte) {
		CHECK(vector->digest.len == mac->digest_len && !mac->keyed);
		CHECK(vector->message.len <= 8192 && vector->monte_len <= 8192);
	}
}

void kat_vector(struct kat *kat, const struct vector *vector)
{
	const struct bytes *const all[] = {
		&vector->key, &vector->mac_key, &vector->iv, &vector->aad, &vector->plaintext,
		&vector->ciphertext, &vector->tag, &vector->next_iv, &vector->message,
		&vector->digest,
	};
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);
	size_t i;

	kat->vectors++;
	CHECK(cipher || mac);
	CHECK((!vector->cipher || cipher) && (!vector->mac || mac));
	CHECK(memchr(vector->where, '\0', sizeof(vector->where)) && *vector->where);
	for (i = 0; i < COUNT(all); i++)
		check_bytes(all[i]);
	/* What there would be no room for, or nobody to compare it. */
	CHECK(cipher || !(vector->plaintext.given || vector->ciphertext.given ||
			  vector->tag.given || vector->next_iv.given));
	CHECK(mac || !vector->digest.given);
	if (cipher)
		check_cipher(vector, cipher);
	if (mac)
		check_mac(vector, mac);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = {
		"vectors.txt", "CBCMCT128.rsp", "TCBCMonte1.rsp", "SHA3_256Monte.rsp",
		"hmac/sha1.txt", "aes_128_gcm_tests.txt", "x/aes-128-ccm", "seed-cbc.txt",
	};
	struct kat kat = { .quiet = true };
	char *text;

	if (!size || memchr(data, '\0', size))
		return 0;
	json_set_alloc_funcs(kat_alloc, kat_free);
	kat.file = files[data[0] % COUNT(files)];
	if (!setjmp(end)) {
		text = kat_alloc(size);
		memcpy(text, data + 1, size - 1);
		kat_parse(&kat, text, size - 1, "auto");
		kat_free(text);
		/* A parser that comes to its end leaves nothing. */
		CHECK(!blocks);
	}
	while (blocks)
		kat_free(blocks + 1);
	reached_count(kat.vectors != 0);
	return 0;
}
