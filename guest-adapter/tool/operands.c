// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a command needs, and whether it has been given. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static void take_direction(struct arguments *arguments)
{
	const char *word = arguments->operand_count ? arguments->operands[0] : "";

	if (strcmp(word, "enc") && strcmp(word, "dec"))
		die_usage("aead needs enc or dec, and then the algorithm");
	arguments->decrypt = !strcmp(word, "dec");
	arguments->operands++;
	arguments->operand_count--;
}

static const char *command_for(enum kind kind)
{
	static const char *const names[] = {
		[KIND_CIPHER] = "enc and dec",
		[KIND_AEAD] = "aead",
		[KIND_HASH] = "hash",
		[KIND_MAC] = "mac",
	};

	return names[kind];
}

static void take_algorithm(struct arguments *arguments, enum kind kind)
{
	const char *name = arguments->operand_count ? arguments->operands[0] : NULL;

	if (!name)
		die_usage("%s needs an algorithm", command_rows[arguments->command].name);
	if (!algorithm_find(name, &arguments->choice))
		die_usage("there is no algorithm '%s': see vcrypto list", name);
	if (arguments->choice.algorithm->kind != kind)
		die_usage("%s goes with %s, not with %s", name,
			  command_for(arguments->choice.algorithm->kind),
			  command_rows[arguments->command].name);
	arguments->operands++;
	arguments->operand_count--;
}

static bool same_input(const char *one, const char *other)
{
	return one && other && !strcmp(one, "-") && !strcmp(other, "-");
}

static bool is_operand(const struct arguments *arguments, const char *word)
{
	for (size_t i = 0; i < arguments->operand_count; i++)
		if (!strcmp(arguments->operands[i], word))
			return true;
	return false;
}

/* Standard input can be read only once. */
static void check_standard_input(struct arguments *arguments)
{
	bool mac = arguments->command == COMMAND_MAC;
	bool data = mac ? !arguments->operand_count || is_operand(arguments, "-") :
			  !strcmp(arguments->input, "-");
	const char *input = data ? "-" : NULL;

	const char *key = arguments->passphrase_file ? arguments->passphrase_file :
			  arguments->key_file;

	if (same_input(key, input) || same_input(arguments->aad_file, input) ||
	    same_input(key, arguments->aad_file))
		die_usage("standard input can be only one of key, additional data and data");
}

static void take_file(const char *path, struct bytes *bytes)
{
	size_t len;
	uint8_t *content = read_whole(path, sizeof(bytes->at), 0, &len);

	memcpy(bytes->at, content, len);
	bytes->len = len;
	bytes->given = true;
	wipe_free(content, len);
}

/* An editor ends the line; whoever types the passphrase elsewhere does not. */
static void take_passphrase(struct arguments *arguments)
{
	struct bytes *passphrase = &arguments->passphrase;

	if (arguments->key.given || arguments->key_file || arguments->iv.given)
		die_usage("a passphrase gives key and IV: leave --key, --key-file and --iv out");
	if (!arguments->choice.algorithm->key_max)
		die_usage("%s has no key", arguments->choice.algorithm->name);
	take_file(arguments->passphrase_file, passphrase);
	if (passphrase->len && passphrase->at[passphrase->len - 1] == '\n')
		passphrase->len--;
	if (!passphrase->len)
		die_usage("there is no passphrase in %s", arguments->passphrase_file);
}

static void check_key(struct arguments *arguments)
{
	char lens[40];

	if (arguments->key.given && arguments->key_file)
		die_usage("--key and --key-file are one too many");
	if (arguments->key_file)
		take_file(arguments->key_file, &arguments->key);
	algorithm_key_lens(&arguments->choice, lens, sizeof(lens));
	if (!arguments->key.given && arguments->choice.algorithm->key_max)
		die_usage("%s needs a key of %s bytes: --key-file or --key",
			  arguments->choice.algorithm->name, lens);
	if (!algorithm_key_len_ok(&arguments->choice, arguments->key.len))
		die_usage("%s needs a key of %s bytes, not %zu",
			  arguments->choice.algorithm->name, lens, arguments->key.len);
}

static void check_iv(struct arguments *arguments)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;
	bool ccm = algorithm->number == CRYPTO_AES_CCM;
	uint8_t iv[16];

	if (!algorithm->iv_len && arguments->iv.given)
		die_usage("%s takes no IV", algorithm->name);
	if (!aead_iv(algorithm, &arguments->iv, iv))
		die_usage("%s needs an IV of %s%u bytes, not %zu: --iv", algorithm->name,
			  ccm ? "7 to 13, or " : "", algorithm->iv_len, arguments->iv.len);
	if (ccm && (iv[0] < 1 || iv[0] > 7))
		die_usage("the first byte of a whole IV of aes-ccm is 1 to 7");
}

/* Two messages with one IV would give away what it takes to forge a third. */
static void check_mac(const struct arguments *arguments)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;

	if (algorithm->iv_len && arguments->operand_count > 1)
		die_usage("%s takes one file: an IV is for one message", algorithm->name);
}

static void check_aead(struct arguments *arguments)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;

	if (arguments->aad && arguments->aad_file)
		die_usage("--aad and --aad-file are one too many");
	if (!arguments->tag_len)
		arguments->tag_len = algorithm->result_len;
	if (!algorithm_tag_len_ok(algorithm, arguments->tag_len))
		die_usage("%s has no tags of %zu bytes", algorithm->name, arguments->tag_len);
}

static void check_cipher(struct arguments *arguments)
{
	const struct algorithm *algorithm = arguments->choice.algorithm;

	if (arguments->pad && algorithm->block == 1)
		die_usage("%s needs no padding", algorithm->name);
	if (arguments->sector_size && algorithm->number != CRYPTO_AES_XTS)
		die_usage("only aes-xts has sectors");
}

/* What enc, dec, mac and aead have in common. */
static void take_keyed(struct arguments *arguments, enum kind kind)
{
	take_algorithm(arguments, kind);
	if (kind != KIND_MAC && arguments->operand_count)
		die_usage("'%s' is one argument too many: files are named by -i and -o",
			  arguments->operands[0]);
	check_standard_input(arguments);
	if (!arguments->passphrase_file && !arguments->key.given && !arguments->key_file)
		check_key(arguments);
	if (!arguments->passphrase_file)
		check_iv(arguments);
	if (kind == KIND_MAC)
		check_mac(arguments);
	if (kind == KIND_AEAD)
		check_aead(arguments);
	if (kind == KIND_CIPHER)
		check_cipher(arguments);
	if (arguments->passphrase_file)
		take_passphrase(arguments);
	else
		check_key(arguments);
}

static void check_names(const struct arguments *arguments)
{
	struct choice choice;

	for (size_t i = 0; i < arguments->operand_count; i++) {
		const char *name = arguments->operands[i];

		if (!algorithm_find(name, &choice))
			die_usage("there is no algorithm '%s': see vcrypto list", name);
		if (arguments->decrypt && !algorithm_decrypts(choice.algorithm))
			die_usage("%s has nothing to decrypt", name);
	}
}

void arguments_check(struct arguments *arguments)
{
	switch (arguments->command) {
	case COMMAND_ENC:
	case COMMAND_DEC:
		take_keyed(arguments, KIND_CIPHER);
		break;
	case COMMAND_HASH:
		take_algorithm(arguments, KIND_HASH);
		break;
	case COMMAND_MAC:
		take_keyed(arguments, KIND_MAC);
		break;
	case COMMAND_AEAD:
		take_direction(arguments);
		take_keyed(arguments, KIND_AEAD);
		break;
	case COMMAND_SPEED:
		check_names(arguments);
		break;
	default:
		if (arguments->operand_count)
			die_usage("%s takes no '%s'", command_rows[arguments->command].name,
				  arguments->operands[0]);
	}
}
