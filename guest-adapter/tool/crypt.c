// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* enc and dec: the device goes on from piece to piece by itself. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

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

/* One piece; returns how much of it is to be written. */
static size_t transform(const struct arguments *arguments, int fd, struct crypt_op *crypt,
			size_t len, bool last)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;
	bool padded = last && arguments->pad;

	if (padded && !arguments->decrypt)
		len = pad(crypt->src, len, algorithm->block);
	check_block(arguments, len);
	if (len) {
		crypt->len = (uint32_t)len;
		device_crypt(fd, crypt);
		crypt->iv = NULL;
	}
	return padded && arguments->decrypt ? unpad(crypt->src, len, algorithm->block) : len;
}

static void run_pieces(const struct arguments *arguments, int fd, struct crypt_op *crypt)
{
	struct input input;
	bool last = false;

	if (!input_open(&input, arguments->input))
		die("cannot read %s: %s", input.name, strerror(errno));
	output_open(arguments->output);
	progress_begin(input.size, arguments->quiet);
	while (!last) {
		ssize_t got = input_read(&input, crypt->src, PIECE, &last);

		if (got < 0)
			die("cannot read %s: %s", input.name, strerror(errno));
		output_write(crypt->src, transform(arguments, fd, crypt, (size_t)got, last));
		progress_add((uint64_t)got);
	}
	progress_end();
	input_close(&input);
}

/* What has to go into one call: XTS, whose data unit is the whole file. */
static void run_whole(const struct arguments *arguments, int fd, struct crypt_op *crypt)
{
	size_t size, len;

	crypt->src = read_whole(arguments->input, MAX_CALL, EALG_MAX_BLOCK_LEN, &size);
	crypt->dst = crypt->src;
	output_open(arguments->output);
	len = transform(arguments, fd, crypt, size, true);
	output_write(crypt->src, len);
	wipe_free(crypt->src, size);
}

int run_crypt(const struct arguments *arguments)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;
	int fd = device_open(arguments->device);
	struct crypt_op crypt = {
		.ses = device_session(fd, &arguments->choice, &arguments->key),
		.op = arguments->decrypt ? COP_DECRYPT : COP_ENCRYPT,
		.iv = algorithm->iv_len ? unconst(arguments->iv.at) : NULL,
	};

	if (algorithm->whole) {
		run_whole(arguments, fd, &crypt);
	} else {
		crypt.src = allocate(PIECE + EALG_MAX_BLOCK_LEN);
		crypt.dst = crypt.src;
		run_pieces(arguments, fd, &crypt);
		wipe_free(crypt.src, PIECE + EALG_MAX_BLOCK_LEN);
	}
	output_commit();
	device_free(fd, crypt.ses);
	close(fd);
	return 0;
}
