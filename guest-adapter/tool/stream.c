// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Files and pipes: what is read, and what is written. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

#define PAGE 4096

uint8_t *allocate(size_t len)
{
	void *memory = NULL;

	if (posix_memalign(&memory, PAGE, len ? len : 1))
		die("not enough memory for %zu bytes", len);
	return memory;
}

void wipe_free(void *memory, size_t len)
{
	if (memory)
		explicit_bzero(memory, len);
	free(memory);
}

/* --- input ----------------------------------------------------------------------------- */

bool input_open(struct input *input, const char *path)
{
	bool standard = !strcmp(path, "-");
	struct stat status;

	*input = (struct input){ .name = standard ? "standard input" : path };
	input->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (input->fd < 0)
		return false;
	/* Not that of a file that somebody has read a part of already. */
	if (!fstat(input->fd, &status) && S_ISREG(status.st_mode) && !standard)
		input->size = (uint64_t)status.st_size;
	return true;
}

void input_must_open(struct input *input, const char *path)
{
	if (!input_open(input, path))
		die("cannot read %s: %s", input->name, strerror(errno));
}

void input_close(struct input *input)
{
	if (input->fd != STDIN_FILENO)
		close(input->fd);
}

static ssize_t read_once(int fd, void *to, size_t len)
{
	ssize_t got;

	do
		got = read(fd, to, len);
	while (got < 0 && errno == EINTR);
	return got;
}

/* A byte more than asked for is read, because only that tells whether there is one. */
ssize_t input_read(struct input *input, void *to, size_t len, bool *last)
{
	uint8_t *bytes = to;
	size_t have = 0;
	ssize_t got = 1;

	if (input->has_next)
		bytes[have++] = input->next;
	input->has_next = false;
	while (have < len && got > 0) {
		got = read_once(input->fd, bytes + have, len - have);
		have += got > 0 ? (size_t)got : 0;
	}
	if (got > 0) {
		got = read_once(input->fd, &input->next, 1);
		input->has_next = got > 0;
	}
	*last = !input->has_next;
	return got < 0 ? -1 : (ssize_t)have;
}

/* Memory grows by copying and wiping, as realloc() would leave copies behind. */
static uint8_t *grow(uint8_t *memory, size_t len, size_t size)
{
	uint8_t *larger = allocate(size);

	if (len)
		memcpy(larger, memory, len);
	wipe_free(memory, len);
	return larger;
}

uint8_t *read_rest(struct input *input, size_t max, size_t room, size_t *len)
{
	size_t size = PIECE;
	uint8_t *memory;
	bool last = false;
	ssize_t got;

	if (input->size > max + PASSPHRASE_HEADER)
		die("%s is too long: %zu bytes at most", input->name, max);
	memory = allocate(size + room);
	for (*len = 0; !last; *len += (size_t)got) {
		if (*len == size) {
			size *= 2;
			memory = grow(memory, *len, size + room);
		}
		got = input_read(input, memory + *len, size - *len, &last);
		if (got < 0)
			die("cannot read %s: %s", input->name, strerror(errno));
		if (*len + (size_t)got > max)
			die("%s is too long: %zu bytes at most", input->name, max);
	}
	return memory;
}

uint8_t *read_whole(const char *path, size_t max, size_t room, size_t *len)
{
	struct input input;
	uint8_t *memory;

	input_must_open(&input, path);
	memory = read_rest(&input, max, room, len);
	input_close(&input);
	return memory;
}

/* --- output ---------------------------------------------------------------------------- */

static struct {
	int fd;
	const char *name;
	char *target;		/* what the unfinished file will be called */
	char *temporary;	/* what it is called now */
	volatile sig_atomic_t unfinished;	/* it exists */
} output = { .fd = -1 };

static void remove_temporary(void)
{
	if (output.unfinished)
		unlink(output.temporary);
	output.unfinished = false;
}

/* The default action follows, as the handler is used only once. */
static void on_signal(int number)
{
	remove_temporary();
	raise(number);
}

static void remove_at_end(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;

	atexit(remove_temporary);
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!sigaction(numbers[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
}

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* In the same folder, because a file can only be renamed within a file system. */
static void create_temporary(mode_t mode)
{
	static const char suffix[] = "/.vcrypto-XXXXXX";
	const char *slash = strrchr(output.target, '/');
	size_t folder = slash ? (size_t)(slash - output.target) : 1;
	char *path = malloc(folder + sizeof(suffix));

	if (!path)
		die("not enough memory");
	memcpy(path, slash ? output.target : ".", folder);
	memcpy(path + folder, suffix, sizeof(suffix));
	output.temporary = path;
	remove_at_end();
	output.fd = mkstemp(path);
	if (output.fd < 0)
		die("cannot write %s: %s", output.name, strerror(errno));
	output.unfinished = true;
	if (fchmod(output.fd, mode))
		die("cannot write %s: %s", output.name, strerror(errno));
}

/*
 * A link stays one: it is the file behind it that is replaced.  The new file is the
 * caller's, so it must not take over bits that would lend out the caller's rights.
 */
static void replace(const char *path, mode_t mode)
{
	if (access(path, W_OK))
		die("cannot write %s: %s", path, strerror(errno));
	output.target = realpath(path, NULL);
	if (!output.target)
		die("cannot write %s: %s", path, strerror(errno));
	create_temporary(mode & 0777);
}

void output_open(const char *path)
{
	struct stat status;

	output.name = path;
	if (!strcmp(path, "-")) {
		output.name = "standard output";
		output.fd = STDOUT_FILENO;
	} else if (stat(path, &status)) {
		if (errno != ENOENT)
			die("cannot write %s: %s", path, strerror(errno));
		output.target = strdup(path);
		if (!output.target)
			die("not enough memory");
		create_temporary(default_mode());
	} else if (S_ISREG(status.st_mode)) {
		replace(path, status.st_mode);
	} else {
		output.fd = open(path, O_WRONLY | O_CLOEXEC);
		if (output.fd < 0)
			die("cannot write %s: %s", path, strerror(errno));
	}
}

void output_write(const void *from, size_t len)
{
	const uint8_t *bytes = from;

	while (len) {
		ssize_t written = write(output.fd, bytes, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			die("cannot write %s: %s", output.name, strerror(errno));
		bytes += written;
		len -= (size_t)written;
	}
}

/* Some file systems say only at the end that there was no space. */
void output_commit(void)
{
	if (close(output.fd))
		die("cannot write %s: %s", output.name, strerror(errno));
	if (output.unfinished && rename(output.temporary, output.target))
		die("cannot write %s: %s", output.name, strerror(errno));
	output.unfinished = false;
	free(output.temporary);
	free(output.target);
}
