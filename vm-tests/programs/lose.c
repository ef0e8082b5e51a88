// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "lose.h"

const char *lose_way;

bool lose_sleeps(const char *way)
{
	return !strcmp(way, "freeze") || !strcmp(way, "mem") || !strcmp(way, "disk");
}

static bool file_has(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char text[256] = "";

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	fclose(file);
	return strstr(text, word);
}

/* The port to the host by its name; -1: none. */
static int open_port(void)
{
	char path[64];
	glob_t found;
	int port = -1;

	if (glob("/sys/class/virtio-ports/*", 0, NULL, &found))
		return -1;
	for (size_t i = 0; i < found.gl_pathc && port < 0; i++) {
		char name[256];

		snprintf(name, sizeof(name), "%s/name", found.gl_pathv[i]);
		snprintf(path, sizeof(path), "/dev/%s", basename(found.gl_pathv[i]));
		if (file_has(name, "faults"))
			port = open(path, O_RDWR | O_CLOEXEC);
	}
	globfree(&found);
	return port;
}

bool lose_can(const char *way)
{
	int port;

	if (lose_sleeps(way)) {
		if (file_has("/sys/power/state", way) && file_has("/sys/power/pm_test", "devices"))
			return true;
		check_note("SKIP %s: the kernel cannot sleep that way", way);
		return false;
	}
	if (!strcmp(way, "broken"))
		return true;
	port = open_port();
	if (port < 0)
		check_note("SKIP %s: the host does not listen", way);
	else
		close(port);
	return port >= 0;
}

static void put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	REQUIRE(file >= 0);
	REQUIRE(write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
}

/* The host answers with a line when it is done. */
static void ask_host(const char *what)
{
	int port = open_port();
	char line[16], answer;

	REQUIRE(port >= 0);
	snprintf(line, sizeof(line), "%s\n", what);
	REQUIRE(write(port, line, strlen(line)) == (ssize_t)strlen(line));
	do {
		REQUIRE(read(port, &answer, 1) == 1);
	} while (answer != '\n');
	close(port);
}

void lose(const char *way)
{
	if (lose_sleeps(way)) {
		put("/sys/power/pm_test", "devices");
		put("/sys/power/state", way);
	} else if (!strcmp(way, "broken")) {
		hang_break();
	} else {
		ask_host(way);
	}
}

int lose_main(int ways, char **names, const struct check_case *cases, size_t count)
{
	for (int i = 0; i < ways; i++) {
		lose_way = names[i];
		if (!lose_can(lose_way))
			continue;
		for (size_t c = 0; c < count; c++) {
			check_begin("%s: %s", lose_way, cases[c].name);
			cases[c].run();
			check_end();
		}
	}
	return check_plan();
}
