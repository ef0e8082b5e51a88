// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* hash and mac: the device carries the state on from piece to piece. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* Returns false if the file cannot be read, which does not keep others from it. */
static bool digest_input(int fd, struct crypt_op *crypt, struct input *input)
{
	bool last = false;

	for (crypt->flags = COP_FLAG_RESET; !last; crypt->flags = 0) {
		ssize_t got = input_read(input, crypt->src, PIECE, &last);

		if (got < 0)
			return false;
		crypt->flags |= last ? COP_FLAG_FINAL : COP_FLAG_UPDATE;
		crypt->len = (uint32_t)got;
		device_crypt(fd, crypt);
		/* An IV is for where a message begins; who has one has one file. */
		crypt->iv = NULL;
		progress_add((uint64_t)got);
	}
	return true;
}

static bool digest_file(const struct arguments *arguments, int fd, struct crypt_op *crypt,
			const char *path)
{
	struct input input;
	bool done = input_open(&input, path);
	int error;

	if (done) {
		progress_begin(input.size, arguments->quiet);
		done = digest_input(fd, crypt, &input);
		/* Closing may change it. */
		error = errno;
		input_close(&input);
		errno = error;
		progress_end();
	}
	if (done)
		print_digest(crypt->mac, arguments->choice.algorithm->result_len, path);
	else
		complain("cannot read %s: %s", input.name, strerror(errno));
	return done;
}

int run_digest(struct arguments *arguments)
{
	static char standard[] = "-";
	char *no_operands[] = { standard };
	size_t count = arguments->operand_count ? arguments->operand_count : 1;
	char **files = arguments->operand_count ? arguments->operands : no_operands;
	uint8_t digest[AALG_MAX_RESULT_LEN];
	int fd = device_open(arguments->device), status = 0;
	struct crypt_op crypt = { .mac = digest };

	crypt.ses = device_session(fd, &arguments->choice, &arguments->key);
	if (arguments->choice.algorithm->iv_len)
		crypt.iv = unconst(arguments->iv.at);
	crypt.src = allocate(PIECE);
	for (size_t i = 0; i < count; i++)
		if (!digest_file(arguments, fd, &crypt, files[i]))
			status = EXIT_FAILED;
	wipe_free(crypt.src, PIECE);
	device_free(fd, crypt.ses);
	close(fd);
	finish_stdout();
	return status;
}
