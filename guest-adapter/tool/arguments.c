// SPDX-License-Identifier: GPL-2.0-only
/* The command line: what is wrong with it is said before a device is opened. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* vcrypto.1 says more, and a test holds them against each other. */
static const char help_text[] =
	"usage: vcrypto list                              what the device offers\n"
	"       vcrypto enc|dec ALGORITHM KEY [--iv HEX]  encrypt or decrypt\n"
	"       vcrypto hash ALGORITHM [FILE...]          digests, as sha256sum prints them\n"
	"       vcrypto mac ALGORITHM KEY [--iv HEX] [FILE...]\n"
	"                                                 digests with a key\n"
	"       vcrypto aead enc|dec ALGORITHM KEY --iv HEX\n"
	"                                                 the same with a tag at the end\n"
	"       vcrypto speed [ALGORITHM...]              measure\n"
	"       vcrypto info                              driver, devices and their counters\n"
	"\n"
	"Does cryptography through /dev/crypto.\n"
	"\n"
	"KEY is one of\n"
	"  --key-file FILE     the key is the bytes of the file; - is standard input\n"
	"  --key HEX           hexadecimal digits; other users may see them\n"
	"enc, dec, aead, and mac with gmac-aes:\n"
	"  --iv HEX            initialisation vector, or nonce\n"
	"enc, dec, aead:\n"
	"  -i, --input FILE    what to read; standard input unless given\n"
	"  -o, --output FILE   what to write, only once all has gone well; else standard output\n"
	"enc, dec:\n"
	"  --padding pkcs7     fill up the last block; none, the default, does not\n"
	"aead:\n"
	"  --aad HEX           additional data: authenticated, not encrypted\n"
	"  --aad-file FILE     the same from a file\n"
	"  --tag-len N         bytes of the tag, 16 unless given\n"
	"speed:\n"
	"  --seconds S         for each number of the table, 1 unless given\n"
	"  --size N,...        bytes of one call, with k or M\n"
	"  --ops               calls, not bytes, per second\n"
	"all:\n"
	"  --device FILE       /dev/crypto unless given\n"
	"  -q, --quiet         do not show how far the work is\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0, done; 1, failed, and a line says why; 2, called wrongly.\n";

static struct arguments arguments = {
	.device = "/dev/crypto",
	.input = "-",
	.output = "-",
	.seconds = 1,
	.sizes = { 64, 1024, 16384, 1048576 },
	.size_count = 4,
};

static void wipe(void)
{
	explicit_bzero(&arguments.key, sizeof(arguments.key));
	explicit_bzero(&arguments.iv, sizeof(arguments.iv));
}

const char *const command_names[] = {
	[COMMAND_LIST] = "list",
	[COMMAND_ENC] = "enc",
	[COMMAND_DEC] = "dec",
	[COMMAND_HASH] = "hash",
	[COMMAND_MAC] = "mac",
	[COMMAND_AEAD] = "aead",
	[COMMAND_SPEED] = "speed",
	[COMMAND_INFO] = "info",
};

#define BIT(command) (1u << COMMAND_##command)
#define CRYPT (BIT(ENC) | BIT(DEC))
#define FILES (CRYPT | BIT(AEAD))
#define ALL (~0u)

enum option_id {
	OPTION_HELP = 'h', OPTION_VERSION = 'V', OPTION_INPUT = 'i', OPTION_OUTPUT = 'o',
	OPTION_QUIET = 'q', OPTION_DEVICE = 256, OPTION_KEY, OPTION_KEY_FILE, OPTION_IV,
	OPTION_PADDING, OPTION_AAD, OPTION_AAD_FILE, OPTION_TAG_LEN, OPTION_SECONDS, OPTION_SIZE,
	OPTION_OPS
};

/* An option and the commands that know it. */
static const struct {
	const char *name;
	int has_value;
	enum option_id id;
	unsigned int commands;
} rows[] = {
	{ "help", 0, OPTION_HELP, ALL },
	{ "version", 0, OPTION_VERSION, ALL },
	{ "device", 1, OPTION_DEVICE, ALL },
	{ "input", 1, OPTION_INPUT, FILES },
	{ "output", 1, OPTION_OUTPUT, FILES },
	{ "quiet", 0, OPTION_QUIET, FILES | BIT(HASH) | BIT(MAC) | BIT(SPEED) },
	{ "key", 1, OPTION_KEY, FILES | BIT(MAC) },
	{ "key-file", 1, OPTION_KEY_FILE, FILES | BIT(MAC) },
	{ "iv", 1, OPTION_IV, FILES | BIT(MAC) },
	{ "padding", 1, OPTION_PADDING, CRYPT },
	{ "aad", 1, OPTION_AAD, BIT(AEAD) },
	{ "aad-file", 1, OPTION_AAD_FILE, BIT(AEAD) },
	{ "tag-len", 1, OPTION_TAG_LEN, BIT(AEAD) },
	{ "seconds", 1, OPTION_SECONDS, BIT(SPEED) },
	{ "size", 1, OPTION_SIZE, BIT(SPEED) },
	{ "ops", 0, OPTION_OPS, BIT(SPEED) },
};

/* Of the options that were given: bits are rows. */
static unsigned int given;

/* The digits are gone from the process's arguments then, where others can see them. */
static void take_hex(const char *option, char *text, struct bytes *bytes)
{
	bool right = parse_hex(text, bytes);

	explicit_bzero(text, strlen(text));
	if (!right)
		die_usage("--%s needs an even number of hexadecimal digits, %zu at most", option,
			  2 * sizeof(bytes->at));
}

static void take_aad(const char *text)
{
	if (strlen(text) % 2 || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		die_usage("--aad needs an even number of hexadecimal digits");
	arguments.aad = text;
}

static void take_padding(const char *text)
{
	if (strcmp(text, "pkcs7") && strcmp(text, "none"))
		die_usage("--padding is pkcs7 or none, not '%s'", text);
	arguments.pad = !strcmp(text, "pkcs7");
}

static void take_seconds(const char *text)
{
	char *end;

	arguments.seconds = strtod(text, &end);
	if (end == text || *end || !(arguments.seconds > 0 && arguments.seconds <= 3600))
		die_usage("--seconds needs a number above 0, 3600 at most, not '%s'", text);
}

static void take_tag_len(const char *text)
{
	uint64_t len;

	if (!parse_size(text, &len) || len < 1 || len > EALG_MAX_BLOCK_LEN)
		die_usage("--tag-len needs a number from 4 to 16, not '%s'", text);
	arguments.tag_len = (size_t)len;
}

static void take_sizes(char *text)
{
	char *rest, *word = strtok_r(text, ",", &rest);

	for (arguments.size_count = 0; word; word = strtok_r(NULL, ",", &rest)) {
		uint64_t size;

		if (!parse_size(word, &size) || !size || size > MAX_CALL)
			die_usage("--size needs numbers of bytes from 1 to 64M, not '%s'", word);
		if (arguments.size_count == MAX_SIZES)
			die_usage("--size takes %d sizes at most", MAX_SIZES);
		arguments.sizes[arguments.size_count++] = (size_t)size;
	}
	if (!arguments.size_count)
		die_usage("--size needs a number of bytes");
}

static void print_and_exit(const char *text)
{
	fputs(text, stdout);
	finish_stdout();
	exit(0);
}

static void take(enum option_id id, char *value)
{
	switch (id) {
	case OPTION_HELP: print_and_exit(help_text); break;
	case OPTION_VERSION: print_and_exit("vcrypto " TOOL_VERSION "\n"); break;
	case OPTION_DEVICE: arguments.device = value; break;
	case OPTION_INPUT: arguments.input = value; break;
	case OPTION_OUTPUT: arguments.output = value; break;
	case OPTION_QUIET: arguments.quiet = true; break;
	case OPTION_KEY: take_hex("key", value, &arguments.key); break;
	case OPTION_KEY_FILE: arguments.key_file = value; break;
	case OPTION_IV: take_hex("iv", value, &arguments.iv); break;
	case OPTION_PADDING: take_padding(value); break;
	case OPTION_AAD: take_aad(value); break;
	case OPTION_AAD_FILE: arguments.aad_file = value; break;
	case OPTION_TAG_LEN: take_tag_len(value); break;
	case OPTION_SECONDS: take_seconds(value); break;
	case OPTION_SIZE: take_sizes(value); break;
	case OPTION_OPS: arguments.ops = true; break;
	}
}

/* Returns whether there is such an option. */
static bool remember(int id)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if ((int)rows[i].id == id) {
			given |= 1u << i;
			return true;
		}
	}
	return false;
}

static void parse_options(int argc, char **argv)
{
	struct option options[COUNT(rows) + 1] = { 0 };
	int id;

	for (size_t i = 0; i < COUNT(rows); i++)
		options[i] = (struct option){ rows[i].name, rows[i].has_value, NULL,
					      (int)rows[i].id };
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":hVi:o:q", options, NULL)) != -1) {
		if (id == ':')
			die_usage("%s needs a value", argv[optind - 1]);
		if (id == '?' && remember(optopt))
			die_usage("'%s' has a value, but takes none", argv[optind - 1]);
		if (id == '?' && optopt)
			die_usage("unknown option '-%c'", optopt);
		if (id == '?')
			die_usage("unknown option '%s'", argv[optind - 1]);
		take((enum option_id)id, optarg);
		remember(id);
	}
}

/* Options that the command does not know would otherwise be without effect. */
static void check_options(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if ((given & 1u << i) && !(rows[i].commands & 1u << arguments.command))
			die_usage("%s knows no --%s", command_names[arguments.command],
				  rows[i].name);
}

static void take_command(void)
{
	const char *name = arguments.operand_count ? arguments.operands[0] : NULL;

	if (!name)
		die_usage("say what to do: list, enc, dec, hash, mac, aead, speed or info");
	for (size_t i = 1; i < COUNT(command_names); i++)
		if (!strcmp(command_names[i], name))
			arguments.command = (enum command)i;
	if (!arguments.command)
		die_usage("there is no command '%s'", name);
	arguments.operands++;
	arguments.operand_count--;
	arguments.decrypt = arguments.command == COMMAND_DEC;
}

const struct arguments *arguments_parse(int argc, char **argv)
{
	atexit(wipe);
	parse_options(argc, argv);
	arguments.operands = argv + optind;
	arguments.operand_count = (size_t)(argc - optind);
	take_command();
	check_options();
	arguments_check(&arguments);
	return &arguments;
}
