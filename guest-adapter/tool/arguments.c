// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The command line: what is wrong with it is said before a device is opened. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static struct arguments arguments = {
	.device = "/dev/crypto",
	.input = "-",
	.output = "-",
	.seconds = 1,
	.sizes = { 64, 1024, 16384, 1048576 },
	.size_count = 4,
	.jobs = 1,
};

static void wipe(void)
{
	explicit_bzero(&arguments.key, sizeof(arguments.key));
	explicit_bzero(&arguments.passphrase, sizeof(arguments.passphrase));
	explicit_bzero(&arguments.iv, sizeof(arguments.iv));
}

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

static void take_sector_size(const char *text)
{
	uint64_t size;

	if (!parse_size(text, &size) || size < 16 || size > PIECE || (size & (size - 1)))
		die_usage("--sector-size needs a power of two from 16 to 1M, not '%s'", text);
	arguments.sector_size = (size_t)size;
}

static size_t take_count(const char *option, const char *text, size_t most)
{
	uint64_t count;

	if (!parse_size(text, &count) || count < 1 || count > most)
		die_usage("--%s needs a number from 1 to %zu, not '%s'", option, most, text);
	return (size_t)count;
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

static void need_libcrypto(const char *option)
{
	if (!libcrypto_built)
		die_usage("--%s needs libcrypto, which this program was built without", option);
}

static void take_software(void)
{
	need_libcrypto("software");
	arguments.software = true;
}

static void take_passphrase_file(const char *path)
{
	need_libcrypto("passphrase-file");
	arguments.passphrase_file = path;
}

static void print_version(void)
{
	puts("vcrypto " TOOL_VERSION);
	finish_stdout();
	exit(0);
}

static void take(enum option_id id, char *value)
{
	switch (id) {
	case OPTION_HELP: arguments.help = true; break;
	case OPTION_VERSION: print_version(); break;
	case OPTION_DEVICE: arguments.device = value; break;
	case OPTION_INPUT: arguments.input = value; break;
	case OPTION_OUTPUT: arguments.output = value; break;
	case OPTION_QUIET: arguments.quiet = true; break;
	case OPTION_KEY: take_hex("key", value, &arguments.key); break;
	case OPTION_KEY_FILE: arguments.key_file = value; break;
	case OPTION_PASSPHRASE_FILE: take_passphrase_file(value); break;
	case OPTION_IV: take_hex("iv", value, &arguments.iv); break;
	case OPTION_PADDING: take_padding(value); break;
	case OPTION_SECTOR_SIZE: take_sector_size(value); break;
	case OPTION_AAD: take_aad(value); break;
	case OPTION_AAD_FILE: arguments.aad_file = value; break;
	case OPTION_TAG_LEN: take_tag_len(value); break;
	case OPTION_SECONDS: take_seconds(value); break;
	case OPTION_SIZE: take_sizes(value); break;
	case OPTION_DECRYPT: arguments.decrypt = true; break;
	case OPTION_JOBS: arguments.jobs = take_count("jobs", value, MAX_JOBS); break;
	case OPTION_ASYNC: arguments.depth = take_count("async", value, MAX_ASYNC); break;
	case OPTION_LATENCY: arguments.latency = true; break;
	case OPTION_SOFTWARE: take_software(); break;
	case OPTION_OPS: arguments.ops = true; break;
	case OPTION_JSON: arguments.json = true; break;
	}
}

/* Returns whether there is such an option. */
static bool remember(int id)
{
	for (size_t i = 0; i < option_count; i++) {
		if ((int)option_rows[i].id == id) {
			given |= 1u << i;
			return true;
		}
	}
	return false;
}

static void parse_options(int argc, char **argv)
{
	struct option options[MAX_OPTIONS + 1] = { 0 };
	int id;

	for (size_t i = 0; i < option_count; i++)
		options[i] = (struct option){ option_rows[i].name, !!option_rows[i].value, NULL,
					      (int)option_rows[i].id };
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
	for (size_t i = 0; i < option_count; i++)
		if ((given & 1u << i) && !(option_rows[i].commands & 1u << arguments.command))
			die_usage("%s knows no --%s", command_rows[arguments.command].name,
				  option_rows[i].name);
}

static void take_command(void)
{
	const char *name = arguments.operand_count ? arguments.operands[0] : NULL;

	if (!name && arguments.help)
		return;
	if (!name)
		die_usage("say what to do: list, enc, dec, hash, mac, aead, speed or info");
	for (size_t i = COMMAND_NONE + 1; i < command_count; i++)
		if (!strcmp(command_rows[i].name, name))
			arguments.command = (enum command)i;
	if (!arguments.command)
		die_usage("there is no command '%s'", name);
	usage_of(arguments.command);
	arguments.operands++;
	arguments.operand_count--;
	arguments.decrypt |= arguments.command == COMMAND_DEC;
}

static void help_and_exit(void)
{
	print_help(arguments.command);
	finish_stdout();
	exit(0);
}

/* An option that is wrong is explained with the command's, which nearly always comes first. */
static void expect_command(const char *name)
{
	for (size_t i = COMMAND_NONE + 1; name && i < command_count; i++)
		if (!strcmp(command_rows[i].name, name))
			usage_of((enum command)i);
}

struct arguments *arguments_parse(int argc, char **argv)
{
	atexit(wipe);
	expect_command(argv[1]);
	parse_options(argc, argv);
	arguments.operands = argv + optind;
	arguments.operand_count = (size_t)(argc - optind);
	take_command();
	if (arguments.help)
		help_and_exit();
	check_options();
	arguments_check(&arguments);
	return &arguments;
}
