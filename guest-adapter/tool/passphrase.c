// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --passphrase-file: a header says what else is needed to find the key again. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#ifdef VCRYPTO_TOOL_LIBCRYPTO
#include <openssl/crypto.h>
#include <openssl/evp.h>

/*
 * scrypt, RFC 7914: block size 8, one lane, and a cost that the header says.  The
 * one that is written takes 128 MiB and some tenths of a second; a file that asks
 * for much more is not worth it.
 */
enum { BLOCK_SIZE = 8, LANES = 1, COST = 17, COST_MIN = 10, COST_MAX = 22, CHECK = 16 };

/* vcrypto.1 describes it to others.  Numbers of more than a byte: the lowest first. */
struct header {
	uint8_t magic[8];
	uint8_t algorithm[4];	/* CRYPTO_... */
	uint8_t key_len, iv_len, tag_len;
	uint8_t padding;	/* 1: PKCS #7 */
	uint8_t sector_size[4];	/* of XTS, or 0 */
	uint8_t cost;		/* power of two */
	uint8_t zero[3];
	uint8_t salt[16];
	uint8_t check[CHECK];	/* what scrypt gives behind the key */
	uint8_t iv[16];
};

_Static_assert(sizeof(struct header) == PASSPHRASE_HEADER, "no gaps");

static const uint8_t magic[8] = { 'V', 'C', 'R', 'Y', 'P', 'T', 'O', '1' };

static void put32(uint8_t to[4], uint32_t number)
{
	for (unsigned int i = 0; i < 4; i++)
		to[i] = (uint8_t)(number >> 8 * i);
}

static void random_bytes(void *to, size_t len)
{
	if (getentropy(to, len))
		die("no random numbers are to be had: %s", strerror(errno));
}

/* Fills arguments->key; @check: CHECK bytes more of the same. */
static void derive(struct arguments *arguments, const struct header *header, uint8_t check[CHECK])
{
	const struct bytes *passphrase = &arguments->passphrase;
	uint8_t both[sizeof(arguments->key.at) + CHECK];
	uint64_t n = 1ull << header->cost, memory = (n + 64) * 128 * BLOCK_SIZE;
	int right = EVP_PBE_scrypt((const char *)passphrase->at, passphrase->len, header->salt,
				   sizeof(header->salt), n, BLOCK_SIZE, LANES, memory, both,
				   header->key_len + (size_t)CHECK);

	if (right) {
		memcpy(arguments->key.at, both, header->key_len);
		memcpy(check, both + header->key_len, CHECK);
		arguments->key.len = header->key_len;
	}
	explicit_bzero(both, sizeof(both));
	if (!right)
		die("cannot make a key of the passphrase: it takes %llu MiB of memory",
		    (unsigned long long)(memory >> 20));
}

/* A nonce of 11 bytes leaves CCM four for the length. */
static size_t iv_len(const struct algorithm *algorithm)
{
	return algorithm->number == CRYPTO_AES_CCM ? 11 : algorithm->iv_len;
}

/* What the command line says, as the header has it. */
static void describe(const struct arguments *arguments, struct header *header)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;

	*header = (struct header){ .cost = COST };
	memcpy(header->magic, magic, sizeof(magic));
	put32(header->algorithm, algorithm->number);
	header->key_len = (uint8_t)(arguments->choice.key_len ? arguments->choice.key_len :
				    algorithm->key_max);
	header->iv_len = (uint8_t)iv_len(algorithm);
	header->tag_len = (uint8_t)arguments->tag_len;
	header->padding = arguments->pad;
	put32(header->sector_size, (uint32_t)arguments->sector_size);
}

void passphrase_seal(struct arguments *arguments, uint8_t bytes[PASSPHRASE_HEADER])
{
	struct header header;

	describe(arguments, &header);
	random_bytes(header.salt, sizeof(header.salt));
	random_bytes(header.iv, header.iv_len);
	derive(arguments, &header, header.check);
	memcpy(arguments->iv.at, header.iv, header.iv_len);
	arguments->iv.len = header.iv_len;
	memcpy(bytes, &header, sizeof(header));
}

/* The first that differs is what the user has to give in another way. */
static void compare(const struct arguments *arguments, const struct header *header,
		    const char *name)
{
	struct header expected;

	describe(arguments, &expected);
	if (memcmp(header->algorithm, expected.algorithm, sizeof(expected.algorithm)))
		die("%s was encrypted with another algorithm than %s", name,
		    arguments->choice.algorithm->name);
	if (arguments->choice.key_len && header->key_len != expected.key_len)
		die("%s has a key of %d bytes, not %d", name, header->key_len, expected.key_len);
	if (header->padding != expected.padding)
		die("%s was encrypted with%s --padding pkcs7", name, header->padding ? "" : "out");
	if (header->tag_len != expected.tag_len)
		die("%s has tags of %d bytes: --tag-len", name, header->tag_len);
	if (memcmp(header->sector_size, expected.sector_size, sizeof(expected.sector_size)))
		die("%s was encrypted with another --sector-size", name);
	if (!algorithm_key_len_ok(&arguments->choice, header->key_len) ||
	    header->iv_len != expected.iv_len || header->cost < COST_MIN ||
	    header->cost > COST_MAX || memcmp(header->zero, expected.zero, sizeof(expected.zero)))
		die("the header of %s is damaged", name);
}

void passphrase_open(struct arguments *arguments, struct input *input)
{
	struct header header;
	uint8_t check[CHECK];
	bool last;
	ssize_t got = input_read(input, &header, sizeof(header), &last);

	if (got < 0)
		die("cannot read %s: %s", input->name, strerror(errno));
	if (got >= (ssize_t)sizeof(magic) && got < (ssize_t)sizeof(header) &&
	    !memcmp(header.magic, magic, sizeof(magic)))
		die("%s has been cut off: not all of its header is there", input->name);
	if (got < (ssize_t)sizeof(header) || memcmp(header.magic, magic, sizeof(magic)))
		die("%s was not encrypted with --passphrase-file", input->name);
	compare(arguments, &header, input->name);
	derive(arguments, &header, check);
	if (CRYPTO_memcmp(check, header.check, CHECK))
		die("the passphrase is not that of %s", input->name);
	memcpy(arguments->iv.at, header.iv, header.iv_len);
	arguments->iv.len = header.iv_len;
}

#else

/* arguments_parse() has refused the option. */
void passphrase_seal(struct arguments *arguments, uint8_t bytes[PASSPHRASE_HEADER])
{
	(void)arguments;
	(void)bytes;
}

void passphrase_open(struct arguments *arguments, struct input *input)
{
	(void)arguments;
	(void)input;
}

#endif
