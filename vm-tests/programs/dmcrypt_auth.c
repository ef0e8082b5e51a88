// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dm-crypt with tags on dm-integrity: the kernel's authenc() has a cipher and an HMAC of the
 * device's, and begins the second when the first has ended, without leave to wait.  Each
 * disk's request is more requests than may be under way at once.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "dm.h"

#define MIB ((size_t)1 << 20)
#define DISK (64 * MIB)
#define SIZE (32 * MIB)		/* without tags, and what dm-integrity has for itself */
#define CHILDREN 4
#define PIECES 2		/* of a MiB, each child */
#define ROUNDS 2
#define LIMIT 120		/* seconds until it is said to hang */

#define OURS "capi:authenc(vcrypto-hmac-sha256,vcrypto-xts-aes)-plain64"
#define OUR_HASH "capi:authenc(vcrypto-hmac-sha256,xts(ecb(aes-generic)))-plain64"
#define SOFTWARE "capi:authenc(hmac(sha256),xts(aes))-plain64"
#define KEY (64 + 32)		/* AES-XTS's and the HMAC's */

struct part {
	int fd, other;
	size_t at;
	uint32_t seed;
};

static uint8_t *text, *back;

static void write_part(const struct part *part)
{
	for (size_t done = 0; done < PIECES * MIB; done += MIB)
		if (!CHECK_EQ(pwrite(part->fd, text + done, MIB, (off_t)(part->at + done)), MIB))
			check_note("at %zu", part->at + done);
}

static void read_part(const struct part *part, int fd)
{
	memset(back, 0, PIECES * MIB);
	for (size_t done = 0; done < PIECES * MIB; done += MIB)
		if (!CHECK_EQ(pread(fd, back + done, MIB, (off_t)(part->at + done)), MIB))
			check_note("at %zu", part->at + done);
	CHECK_MEM(back, text, PIECES * MIB);
}

static void use_part(void *of)
{
	struct part *part = of;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		dev_fill(text, PIECES * MIB, part->seed + round);
		write_part(part);
		read_part(part, part->fd);
		read_part(part, part->other);
	}
}

/* Who hangs there cannot be killed, so nobody waits for it longer than that. */
static void ends_soon(pid_t child)
{
	siginfo_t info;
	int tries;

	for (tries = 0; tries < LIMIT * 10; tries++) {
		info.si_pid = 0;
		REQUIRE(waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
		if (info.si_pid)
			break;
		usleep(100 * 1000);
	}
	REQUIRE(info.si_pid == child);
	check_wait(child);
}

/* Each child has a part of the disk, which @writer writes and both read. */
static void side_by_side(int writer, int other)
{
	struct part parts[CHILDREN];
	pid_t children[CHILDREN];

	for (size_t i = 0; i < CHILDREN; i++) {
		parts[i] = (struct part){
			.fd = writer,
			.other = other,
			.at = i * PIECES * MIB,
			.seed = (uint32_t)(i * ROUNDS),
		};
		children[i] = check_fork(use_part, &parts[i]);
	}
	for (int i = 0; i < CHILDREN; i++)
		ends_soon(children[i]);
}

static int open_disk(const char *name, const char *cipher, const char *below)
{
	char key[2 * DM_MAX_KEY + 1], table[512];
	int fd;

	dm_hex_key(key, KEY);
	snprintf(table, sizeof(table), "%s %s 0 %s 0 1 integrity:32:aead", cipher, key, below);
	fd = dm_map(name, "crypt", SIZE, table);
	REQUIRE(fd >= 0);
	return fd;
}

static void run(const char *writer, const char *other)
{
	long long requests = dev_counter("crypt_requests"), failures = dev_counter("failures");
	int tags = dm_map("tags", "integrity", SIZE, "/dev/loop0 0 32 D 0");
	int writing, reading;

	REQUIRE(tags >= 0);
	writing = open_disk("writer", writer, dm_path(tags));
	reading = open_disk("other", other, dm_path(tags));
	side_by_side(writing, reading);
	requests = dev_counter("crypt_requests") - requests;
	check_note("%lld requests to the device", requests);
	CHECK(requests > CHILDREN * ROUNDS);
	CHECK_EQ(dev_counter("failures"), failures);
	dm_close("other", reading);
	dm_close("writer", writing);
	dm_close("tags", tags);
}

static void reads(void)
{
	run(SOFTWARE, OURS);
}

static void tags(void)
{
	run(OUR_HASH, SOFTWARE);
}

static void writes(void)
{
	run(OURS, SOFTWARE);
}

static const struct check_case cases[] = {
	{ "what software has written with tags is read with the device", reads },
	{ "what the device has written with tags is read with software", writes },
};

/* There authenc() does not say that the cipher has taken what had to wait. */
static const struct check_case old_cases[] = {
	{ "what software has written with tags is read with the device", reads },
	{ "tags that the device has written are read with software", tags },
};

static uint8_t *aligned(size_t size)
{
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

int main(void)
{
	REQUIRE(afalg_wait(AFALG_LAST));
	text = aligned(PIECES * MIB);
	back = aligned(PIECES * MIB);
	dm_disk(DISK);
	return check_main(dev_kernel_since(6, 12) ? cases : old_cases, ARRAY_SIZE(cases));
}
