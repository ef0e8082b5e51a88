// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --help: made of the tables in options.c.  vcrypto.1 says more, and a test compares them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"

/* Descriptions begin here. */
#define COLUMN 30

static void print_option(const struct option_row *row)
{
	char letter[] = "-x, ", text[COLUMN];

	letter[1] = (char)row->id;
	snprintf(text, sizeof(text), "  %s--%s%s%s", row->id < 256 ? letter : "    ", row->name,
		 row->value ? " " : "", row->value ? row->value : "");
	printf("%-*s %s\n", COLUMN, text, row->about);
}

static void print_options(enum command command)
{
	puts("\nOptions:");
	for (size_t i = 0; i < option_count; i++)
		if (option_rows[i].commands & 1u << command)
			print_option(&option_rows[i]);
}

static void print_algorithms(int kind)
{
	size_t column = 0;

	printf("\nAlgorithms, if the device offers them (vcrypto list):");
	for (size_t i = 0; i < algorithm_count; i++) {
		if (kind != ANY_KIND && (int)algorithms[i].kind != kind)
			continue;
		column += strlen(algorithms[i].name) + 1;
		if (column > 76 || column == strlen(algorithms[i].name) + 1) {
			fputs("\n ", stdout);
			column = strlen(algorithms[i].name) + 2;
		}
		printf(" %s", algorithms[i].name);
	}
	putchar('\n');
}

static void print_command(enum command command)
{
	const struct command_row *row = &command_rows[command];

	printf("usage: vcrypto %s\n\n%s\n", row->synopsis, row->about);
	print_options(command);
	if (strstr(row->synopsis, "ALGORITHM"))
		print_algorithms(row->kind);
}

static void print_overview(void)
{
	puts("usage: vcrypto COMMAND [ARGUMENT...] [OPTION...]\n\n"
	     "Does cryptography through /dev/crypto.  Commands:");
	for (size_t i = COMMAND_NONE + 1; i < command_count; i++)
		printf("  %-8s %s\n", command_rows[i].name, command_rows[i].about);
	puts("\nvcrypto COMMAND --help has the options of a command.  Those of all:");
	for (size_t i = 0; i < option_count; i++)
		if (option_rows[i].commands == ~0u)
			print_option(&option_rows[i]);
	puts("\nExit status: 0, done; 1, failed, and a line says why; 2, called wrongly.");
}

void print_help(enum command command)
{
	if (command == COMMAND_NONE)
		print_overview();
	else
		print_command(command);
}
