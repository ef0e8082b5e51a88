// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dm-crypt with the device's ciphers: its disks are those that the kernel's software has made,
 * counters say who has done the work, and under pressure of memory, where pages are swapped
 * to such a disk, it goes on.
 *
 * usage: dmcrypt [swap]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "dm.h"

#define MIB ((size_t)1 << 20)
#define DISK (64 * MIB)
#define SWAP (128 * MIB)
#define SWAPPED (32 * MIB)
#define TEXT (8 * MIB)
#define SECTOR 512
#define PAGE 4096
#define STEP (MIB / 4)

static uint8_t *text, *back;

static uint8_t *aligned(size_t size)
{
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

/* In pieces of random lengths; the longest are more requests than may be under way at once. */
static size_t next_piece(size_t done)
{
	size_t len = SECTOR * (1 + (size_t)rand() % ((size_t)2 << rand() % 12));

	return len < TEXT - done ? len : TEXT - done;
}

static void write_all(int fd, size_t at)
{
	size_t done, len;

	for (done = 0; done < TEXT; done += len) {
		len = next_piece(done);
		REQUIRE(pwrite(fd, text + done, len, (off_t)(at + done)) == (ssize_t)len);
	}
}

static void read_all(int fd, size_t at)
{
	size_t done, len;

	memset(back, 0, TEXT);
	for (done = 0; done < TEXT; done += len) {
		len = next_piece(done);
		REQUIRE(pread(fd, back + done, len, (off_t)(at + done)) == (ssize_t)len);
	}
	CHECK_MEM(back, text, TEXT);
}

/* Whoever has opened a new disk to see what is on it has done so through the software. */
static void compare(const char *cipher, const char *software, size_t keylen)
{
	int theirs = dm_open("software", software, keylen);
	int ours = dm_open("ours", cipher, keylen);
	long long bytes, requests, failures = dev_counter("failures");

	REQUIRE(theirs >= 0 && ours >= 0);
	dev_fill(text, TEXT, (uint32_t)rand());
	bytes = dev_counter("bytes_in");
	requests = dev_counter("crypt_requests");
	write_all(ours, 0);
	CHECK(dev_counter("bytes_in") - bytes >= (long long)TEXT);
	CHECK(dev_counter("crypt_requests") - requests >= (long long)TEXT / SECTOR);
	read_all(theirs, 0);
	write_all(theirs, TEXT);
	bytes = dev_counter("bytes_in");
	read_all(ours, TEXT);
	read_all(ours, 0);
	CHECK(dev_counter("bytes_in") - bytes >= 2 * (long long)TEXT);
	CHECK_EQ(dev_counter("failures"), failures);
	dm_close("ours", ours);
	dm_close("software", theirs);
}

static void xts(void)
{
	compare(DM_XTS, DM_XTS_SOFTWARE, 64);
}

static void cbc(void)
{
	compare(DM_CBC, DM_CBC_SOFTWARE, 32);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

/* A number from a file of the kernel's, behind @name. */
static long long number_in(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	char found[64], line[256];
	long long value, result = -1;

	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %lld", found, &value) == 2 && !strcmp(found, name))
			result = value;
	fclose(file);
	return result;
}

static uint32_t value_at(size_t i)
{
	return (uint32_t)(i * 2654435761u);
}

/*
 * Not faster than pages get to the disk: a kernel that is asked for more meanwhile gives the whole
 * disk to pages that are still to be written, and ends the program for want of both.
 */
static void wait_for_disk(void)
{
	while (number_in("/proc/vmstat", "nr_writeback") * PAGE > (long long)STEP)
		usleep(1000);
}

/* Each word of it is written; one of each page is looked at, another one in each. */
static void use_memory(size_t size)
{
	uint32_t *memory = (uint32_t *)aligned(size);
	size_t page = PAGE / sizeof(*memory), count = size / sizeof(*memory), i, at;

	for (i = 0; i < count; i++) {
		if (!(i % (STEP / sizeof(*memory))))
			wait_for_disk();
		memory[i] = value_at(i);
	}
	for (i = 0; i < count; i += page) {
		at = i + (i / page) % page;
		CHECK_EQ(memory[at], value_at(at));
	}
	munmap(memory, size);
}

static void memory_on_disk(void)
{
	int ours = dm_open("ours", DM_XTS, 64);
	long long bytes, out, in, free_kib, failures = dev_counter("failures");
	char command[64];

	REQUIRE(ours >= 0);
	snprintf(command, sizeof(command), "mkswap %s >/dev/null", dm_path(ours));
	REQUIRE(system(command) == 0);
	REQUIRE(swapon(dm_path(ours), 0) == 0);
	/* Kernel 7.3 warns if what it keeps for itself on so small a machine is used up. */
	REQUIRE(system("echo 8192 >/proc/sys/vm/min_free_kbytes") == 0);
	bytes = dev_counter("bytes_in");
	out = number_in("/proc/vmstat", "pswpout");
	in = number_in("/proc/vmstat", "pswpin");
	free_kib = number_in("/proc/meminfo", "MemAvailable:");
	use_memory((size_t)free_kib * 1024 + SWAPPED);
	out = number_in("/proc/vmstat", "pswpout") - out;
	in = number_in("/proc/vmstat", "pswpin") - in;
	bytes = dev_counter("bytes_in") - bytes;
	check_note("%lld pages out, %lld in, with %lld KiB free before", out, in, free_kib);
	CHECK(out >= (long long)SWAPPED / 2 / PAGE);
	CHECK(in >= (long long)SWAPPED / 2 / PAGE);
	CHECK(bytes >= (out + in) * PAGE);
	REQUIRE(swapoff(dm_path(ours)) == 0);
	CHECK_EQ(dev_counter("failures"), failures);
	dm_close("ours", ours);
}

static const struct check_case cases[] = {
	{ "dm-crypt with AES-XTS by the device has the disk that software has", xts },
	{ "so has it with AES-CBC", cbc },
};

static const struct check_case swap_cases[] = {
	{ "pages are swapped to a disk that the device encrypts, and come back", memory_on_disk },
};

int main(int argc, char **argv)
{
	REQUIRE(afalg_wait(AFALG_LAST));
	if (argc > 1 && !strcmp(argv[1], "swap")) {
		dm_disk_for_swap(SWAP);
		return check_main(swap_cases, ARRAY_SIZE(swap_cases));
	}
	dm_disk(DISK);
	text = aligned(TEXT);
	back = aligned(TEXT);
	return check_main(cases, ARRAY_SIZE(cases));
}
