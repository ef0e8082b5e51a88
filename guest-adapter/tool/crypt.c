// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* enc and dec: the device goes on from piece to piece by itself. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

void begin_keyed(struct arguments *arguments, struct input *input)
{
	uint8_t header[PASSPHRASE_HEADER];

	if (arguments->passphrase_file && arguments->decrypt)
		passphrase_open(arguments, input);
	else if (arguments->passphrase_file)
		passphrase_seal(arguments, header);
	output_open(arguments->output);
	if (arguments->passphrase_file && !arguments->decrypt)
		output_write(header, sizeof(header));
}

/* PKCS #7: one to a block of bytes, each of which says how many they are. */
static size_t pad(uint8_t *data, size_t len, size_t block)
{
	size_t padding = block - len % block;

	memset(data + len, (int)padding, padding);
	return len + padding;
}

static size_t unpad(const uint8_t *data, size_t len, size_t block)
{
	size_t padding = len ? data[len - 1] : 0;
	bool right = padding >= 1 && padding <= block && padding <= len;

	for (size_t i = 0; right && i < padding; i++)
		right = data[len - 1 - i] == padding;
	if (!right)
		die("wrong padding: wrong key or IV, or the data were not encrypted with "
		    "--padding pkcs7");
	return len - padding;
}

static void check_block(const struct arguments *arguments, size_t len)
{
	size_t block = arguments->choice.algorithm->block;

	if (len % block == 0)
		return;
	if (arguments->decrypt)
		die("the data are not a multiple of %zu bytes, as %s needs: not all is there",
		    block, arguments->choice.algorithm->name);
	die("the data are not a multiple of %zu bytes, as %s needs: add --padding pkcs7", block,
	    arguments->choice.algorithm->name);
}

/* The tweak is the sector's number, 128 bits, the lowest byte first, as in IEEE 1619. */
static void next_sector(uint8_t tweak[16])
{
	for (size_t i = 0; i < 16 && !++tweak[i]; i++)
		;
}

static void crypt_sectors(int fd, const struct crypt_op *all, size_t sector_size, uint8_t *tweak)
{
	struct crypt_op sector = *all;

	sector.iv = tweak;
	for (size_t done = 0; done < all->len; done += sector.len) {
		sector.src = all->src + done;
		sector.dst = sector.src;
		sector.len = (uint32_t)(all->len - done < sector_size ? all->len - done :
					sector_size);
		device_crypt(fd, &sector);
		next_sector(tweak);
	}
}

/* One piece; returns how much of it is to be written. */
static size_t transform(const struct arguments *arguments, int fd, struct crypt_op *crypt,
			size_t len, bool last)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;
	bool padded = last && arguments->pad;

	if (padded && !arguments->decrypt)
		len = pad(crypt->src, len, algorithm->block);
	check_block(arguments, len);
	crypt->len = (uint32_t)len;
	if (arguments->sector_size) {
		crypt_sectors(fd, crypt, arguments->sector_size, crypt->iv);
	} else if (len) {
		device_crypt(fd, crypt);
		crypt->iv = NULL;
	}
	return padded && arguments->decrypt ? unpad(crypt->src, len, algorithm->block) : len;
}

static void run_pieces(const struct arguments *arguments, int fd, struct crypt_op *crypt,
		       struct input *input)
{
	bool last = false;

	crypt->src = allocate(PIECE + EALG_MAX_BLOCK_LEN);
	crypt->dst = crypt->src;
	progress_begin(input->size, arguments->quiet);
	while (!last) {
		ssize_t got = input_read(input, crypt->src, PIECE, &last);

		if (got < 0)
			die("cannot read %s: %s", input->name, strerror(errno));
		output_write(crypt->src, transform(arguments, fd, crypt, (size_t)got, last));
		progress_add((uint64_t)got);
	}
	progress_end();
	wipe_free(crypt->src, PIECE + EALG_MAX_BLOCK_LEN);
}

/* What has to go into one call: XTS without sectors, whose data unit is the whole file. */
static void run_whole(const struct arguments *arguments, int fd, struct crypt_op *crypt,
		      struct input *input)
{
	size_t size, len;

	if (input->size > MAX_UNIT + PASSPHRASE_HEADER)
		die("%s is too long for one data unit of XTS, 16 MiB at most: use --sector-size",
		    input->name);
	crypt->src = read_rest(input, MAX_CALL, EALG_MAX_BLOCK_LEN, &size);
	crypt->dst = crypt->src;
	len = transform(arguments, fd, crypt, size, true);
	output_write(crypt->src, len);
	wipe_free(crypt->src, size);
}

int run_crypt(struct arguments *arguments)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;
	int fd = device_open(arguments->device);
	struct crypt_op crypt = { .op = arguments->decrypt ? COP_DECRYPT : COP_ENCRYPT };
	struct input input;

	input_must_open(&input, arguments->input);
	begin_keyed(arguments, &input);
	crypt.ses = device_session(fd, &arguments->choice, &arguments->key);
	crypt.iv = algorithm->iv_len ? arguments->iv.at : NULL;
	if (algorithm->whole && !arguments->sector_size)
		run_whole(arguments, fd, &crypt, &input);
	else
		run_pieces(arguments, fd, &crypt, &input);
	output_commit();
	input_close(&input);
	device_free(fd, crypt.ses);
	close(fd);
	return 0;
}
