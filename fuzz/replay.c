// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs files through a fuzz target, for compilers without libFuzzer:
 *
 *	fuzz-ring-replay FILE|DIRECTORY...
 *
 * Directories are not descended into.  Fails if there was no file at all.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned int replayed;

static void fail(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path, size_t size)
{
	uint8_t *data = fuzz_alloc(size);
	FILE *file = fopen(path, "rb");

	if (!file || fread(data, 1, size, file) != size)
		fail(path);
	fclose(file);
	/* On the way down it is good to know which one it was. */
	if (getenv("VCRYPTO_FUZZ_VERBOSE"))
		fprintf(stderr, "replay: %s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void replay(const char *path, bool descend)
{
	struct dirent *entry;
	struct stat status;
	char child[4096];
	DIR *directory;

	if (stat(path, &status))
		fail(path);
	if (S_ISREG(status.st_mode))
		replay_file(path, (size_t)status.st_size);
	if (!S_ISDIR(status.st_mode) || !descend)
		return;
	directory = opendir(path);
	if (!directory)
		fail(path);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) >=
		    sizeof(child)) {
			errno = ENAMETOOLONG;
			fail(path);
		}
		replay(child, false);
	}
	closedir(directory);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		replay(argv[i], true);
	printf("%u inputs replayed\n", replayed);
	return replayed ? 0 : 1;
}
