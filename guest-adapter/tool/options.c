// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The commands and the options, each with what --help says of it. */
#include "tool.h"

const struct command_row command_rows[] = {
	[COMMAND_LIST] = { "list", "list [OPTION...]",
		"Prints the algorithms that the device offers.", ANY_KIND },
	[COMMAND_ENC] = { "enc", "enc ALGORITHM KEY [--iv HEX] [OPTION...]",
		"Encrypts.", KIND_CIPHER },
	[COMMAND_DEC] = { "dec", "dec ALGORITHM KEY [--iv HEX] [OPTION...]",
		"Decrypts.", KIND_CIPHER },
	[COMMAND_HASH] = { "hash", "hash ALGORITHM [OPTION...] [FILE...]",
		"Prints digests as sha256sum does.", KIND_HASH },
	[COMMAND_MAC] = { "mac", "mac ALGORITHM KEY [--iv HEX] [OPTION...] [FILE...]",
		"Prints digests with a key.", KIND_MAC },
	[COMMAND_AEAD] = { "aead", "aead enc|dec ALGORITHM KEY --iv HEX [OPTION...]",
		"Encrypts with a tag at the end, or verifies it and decrypts.", KIND_AEAD },
	[COMMAND_SPEED] = { "speed", "speed [OPTION...] [ALGORITHM...]",
		"Measures.", ANY_KIND },
	[COMMAND_INFO] = { "info", "info [OPTION...]",
		"Prints driver, devices and their counters.", ANY_KIND },
};

const size_t command_count = COUNT(command_rows);

#define BIT(command) (1u << COMMAND_##command)
#define CRYPT (BIT(ENC) | BIT(DEC))
#define FILES (CRYPT | BIT(AEAD))
#define ALL (~0u)

const struct option_row option_rows[] = {
	{ "key-file", "FILE", OPTION_KEY_FILE, FILES | BIT(MAC),
	  "the key is the bytes of the file; - is standard input" },
	{ "key", "HEX", OPTION_KEY, FILES | BIT(MAC),
	  "the key; other users may see it" },
	{ "passphrase-file", "FILE", OPTION_PASSPHRASE_FILE, FILES,
	  "make key and IV of a passphrase; the output has a header" },
	{ "iv", "HEX", OPTION_IV, FILES | BIT(MAC),
	  "initialisation vector, or nonce" },
	{ "input", "FILE", OPTION_INPUT, FILES,
	  "what to read; standard input unless given" },
	{ "output", "FILE", OPTION_OUTPUT, FILES,
	  "what to write, once all has gone well; else standard output" },
	{ "padding", "pkcs7", OPTION_PADDING, CRYPT,
	  "fill up the last block; none, the default, does not" },
	{ "sector-size", "N", OPTION_SECTOR_SIZE, CRYPT,
	  "of aes-xts: bytes; --iv is the first one's number" },
	{ "aad", "HEX", OPTION_AAD, BIT(AEAD),
	  "additional data: authenticated, not encrypted" },
	{ "aad-file", "FILE", OPTION_AAD_FILE, BIT(AEAD),
	  "the same from a file" },
	{ "tag-len", "N", OPTION_TAG_LEN, BIT(AEAD),
	  "bytes of the tag, 16 unless given" },
	{ "seconds", "S", OPTION_SECONDS, BIT(SPEED),
	  "for each number of the table, 1 unless given" },
	{ "size", "N,...", OPTION_SIZE, BIT(SPEED),
	  "bytes of one call, with k or M" },
	{ "ops", NULL, OPTION_OPS, BIT(SPEED),
	  "calls, not bytes, per second" },
	{ "decrypt", NULL, OPTION_DECRYPT, BIT(SPEED),
	  "measure the other direction" },
	{ "jobs", "N", OPTION_JOBS, BIT(SPEED),
	  "threads, each with an open file of its own; 1 unless given" },
	{ "async", "N", OPTION_ASYNC, BIT(SPEED),
	  "keep N asynchronous calls under way, 64 at most" },
	{ "latency", NULL, OPTION_LATENCY, BIT(SPEED),
	  "how long calls take: median, 99 of 100, longest" },
	{ "software", NULL, OPTION_SOFTWARE, BIT(SPEED),
	  "beside it what libcrypto does on this processor" },
	{ "json", NULL, OPTION_JSON, BIT(LIST) | BIT(INFO) | BIT(SPEED),
	  "print JSON, for programs" },
	{ "device", "FILE", OPTION_DEVICE, ALL,
	  "/dev/crypto unless given" },
	{ "quiet", NULL, OPTION_QUIET, FILES | BIT(HASH) | BIT(MAC) | BIT(SPEED),
	  "do not show how far the work is" },
	{ "help", NULL, OPTION_HELP, ALL,
	  "after a command: about it and its options" },
	{ "version", NULL, OPTION_VERSION, ALL,
	  "print the version" },
};

const size_t option_count = COUNT(option_rows);
