// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A call with payload of up to 4 KiB takes no memory of the kernel's for its request: the module has
 * requests that are used again.  Counted by the kernel's own tracepoints, of this process's calls.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define TRACING "/sys/kernel/debug/tracing/"
#define PAGE 4096
#define CALLS 200

static const uint8_t key[16] = { 1 };
static uint8_t iv[16];
static uint8_t src[3 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t dst[3 * PAGE] __attribute__((aligned(PAGE)));
static int fd;
static uint32_t cbc;

static void put(const char *name, const char *text)
{
	int file = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	REQUIRE(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
}

static void trace_begin(void)
{
	char filter[64];

	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	put(TRACING "events/kmem/filter", filter);
	put(TRACING "buffer_size_kb", "4096");
	put(TRACING "trace", "\n");
	put(TRACING "events/kmem/kmalloc/enable", "1");
	put(TRACING "events/kmem/kmem_cache_alloc/enable", "1");
	put(TRACING "events/kmem/mm_page_alloc/enable", "1");
}

/* How many allocations were made on behalf of the module; the others are noted. */
static int trace_end(const char *what)
{
	FILE *trace;
	char line[512];
	int ours = 0, others = 0;

	put(TRACING "events/kmem/enable", "0");
	trace = fopen(TRACING "trace", "re");
	REQUIRE(trace);
	while (fgets(line, sizeof(line), trace)) {
		if (strstr(line, "[vcrypto]"))
			ours++;
		else if (strstr(line, "call_site="))
			others++;
	}
	fclose(trace);
	check_note("%s: %d allocations of the module in %d calls, %d of the rest of the kernel", what,
		   ours, CALLS, others);
	return ours;
}

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 16, dst, iv));
}

static int crypt_often(size_t offset, size_t len)
{
	char what[64];

	snprintf(what, sizeof(what), "%zu bytes", len);
	trace_begin();
	for (int i = 0; i < CALLS; i++)
		CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src + offset, len, dst + offset, iv));
	return trace_end(what);
}

static void up_to_4_kib(void)
{
	start();
	CHECK_EQ(crypt_often(0, 64), 0);
	CHECK_EQ(crypt_often(0, 512), 0);
	CHECK_EQ(crypt_often(0, PAGE), 0);
	CHECK_EQ(crypt_often(100, PAGE), 0);
	close(fd);
}

/* So that it is known that they would be seen. */
static void longer_ones_are_counted(void)
{
	start();
	CHECK(crypt_often(100, 2 * PAGE) >= CALLS);
	close(fd);
}

static const struct check_case cases[] = {
	{ "a call of up to 4 KiB takes no memory for its request", up_to_4_kib },
	{ "a longer one does", longer_ones_are_counted },
};

CHECK_MAIN(cases)
