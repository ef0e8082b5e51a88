// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcrypto: the program for users of a machine that has a /dev/crypto. */
#include "tool.h"

int main(int argc, char **argv)
{
	static int (*const commands[])(struct arguments *arguments) = {
		[COMMAND_LIST] = run_list,
		[COMMAND_ENC] = run_crypt,
		[COMMAND_DEC] = run_crypt,
		[COMMAND_HASH] = run_digest,
		[COMMAND_MAC] = run_digest,
		[COMMAND_AEAD] = run_aead,
		[COMMAND_SPEED] = run_speed,
		[COMMAND_INFO] = run_info,
	};
	struct arguments *arguments = arguments_parse(argc, argv);

	return commands[arguments->command](arguments);
}
