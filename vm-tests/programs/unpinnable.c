// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory whose pages the driver cannot have: mapped from a device, secret, more
 * than the user may lock; or whose pages it is not to take (COP_FLAG_NO_ZC).  Each
 * call does with it what it does with ordinary memory.
 *
 * Root, with iomem=relaxed, secretmem.enable=1 and memmap=16M$256M on the kernel's
 * command line: that memory is nobody's, and can be mapped from /dev/mem.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "anywhere.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096u
#define NOBODY 65534
#define BIOS 0xf0000
#define RESERVED (256l << 20)
#define AREA (4u * MIB) /* for LONGEST, and what is around it */

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* A kind of memory: two areas, of which the second lies behind the first. */
struct memory {
	uint8_t *(*map)(void);
	size_t size; /* of an area; 0: AREA */
	bool read_only;
	bool user; /* not root, */
	rlim_t may_lock; /* who may lock so many bytes */
	uint16_t flags;
};

static const struct memory *memory;
static uint8_t *odd, *ordinary, *expected;

/* What stands in the odd memory belongs to the caller, and so do its limits. */
static struct result run_here(const struct work *work, uint8_t *src, uint8_t *dst, size_t len)
{
	struct result result;

	if (memory->user)
		REQUIRE(seteuid(NOBODY) == 0);
	result = anywhere_run(work, memory->flags, src, dst, len);
	if (memory->user)
		REQUIRE(seteuid(0) == 0);
	return result;
}

static void copy_around(uint8_t *to, const uint8_t *from, size_t len)
{
	memcpy(to - BEFORE, from - BEFORE, BEFORE + len + BEHIND);
}

static void check_same(const struct result *result, const struct result *right)
{
	CHECK_EQ(result->error, right->error);
	CHECK_EQ(result->len, right->len);
	CHECK_MEM(result->iv, right->iv, sizeof(right->iv));
	CHECK_MEM(result->mac, right->mac, sizeof(right->mac));
}

/* From @src to @dst, of which at least one is odd; expected is what has to be at @dst then. */
static void check_moved(const struct work *work, size_t len, uint8_t *src, uint8_t *dst)
{
	size_t input_len;
	uint8_t *input = anywhere_input(work, len, &input_len);
	struct result result, right;
	bool in_place = src == dst;

	if (memory->read_only)
		copy_around(input, src, len);
	else
		copy_around(src, input, input_len);
	if (!in_place)
		memset(expected - BEFORE, 0xee, BEFORE + input_len + BEHIND);
	else
		copy_around(expected, input, input_len);
	if (!in_place && work->place != NOWHERE)
		copy_around(dst, expected, input_len);
	right = anywhere_run(work, 0, in_place ? expected : input, expected, input_len);
	CHECK_EQ(right.error, 0);
	result = run_here(work, src, dst, input_len);
	check_same(&result, &right);
	if (work->place != NOWHERE)
		CHECK_MEM(dst - BEFORE, expected - BEFORE, BEFORE + input_len + BEHIND);
	if (!in_place)
		CHECK_MEM(src - BEFORE, input - BEFORE, BEFORE + input_len + BEHIND);
}

/* Overlapping, so that what is read last would be overwritten first. */
static void check_overlap(const struct work *work, size_t len, uint8_t *src, uint8_t *dst)
{
	size_t input_len;
	uint8_t *input = anywhere_input(work, len, &input_len);
	struct result result, right;

	memset(expected, 0, input_len + BEHIND);
	right = anywhere_run(work, 0, input, expected, input_len);
	CHECK_EQ(right.error, 0);
	copy_around(src, input, input_len);
	/* Authenticated with it is what stands before it. */
	if (dst < src && src - dst < BEFORE + (ptrdiff_t)input_len)
		memcpy(src - BEFORE, input - BEFORE, BEFORE);
	result = run_here(work, src, dst, input_len);
	check_same(&result, &right);
	CHECK_MEM(dst, expected, work->command == CIOCAUTHCRYPT ? right.len : input_len);
}

static size_t fit(const struct work *work, size_t len)
{
	if (work->max && len > work->max)
		len = work->max;
	return len / work->unit * work->unit;
}

static size_t area(void)
{
	return memory->size ? memory->size : AREA;
}

static void check_work(const struct work *work, size_t len)
{
	uint8_t *one = odd + BEFORE, *two = odd + area() + BEFORE + 4080;

	if (!memory->read_only && work->place != NOWHERE)
		check_moved(work, len, one, one);
	if (work->place == IN_PLACE)
		return;
	check_moved(work, len, one, ordinary);
	if (memory->read_only || work->place == NOWHERE)
		return;
	check_moved(work, len, ordinary, two);
	check_moved(work, len, one + 3, two + 5);
}

static bool begin(const struct memory *kind, struct rlimit *before)
{
	struct rlimit limit = { kind->may_lock, kind->may_lock };

	memory = kind;
	odd = kind->map();
	if (!odd)
		return false;
	REQUIRE(getrlimit(RLIMIT_MEMLOCK, before) == 0);
	if (kind->user)
		REQUIRE(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	anywhere_open();
	return true;
}

static void end(const struct rlimit *before)
{
	REQUIRE(setrlimit(RLIMIT_MEMLOCK, before) == 0);
	munmap(odd, 2 * area());
	anywhere_close();
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

/* In the driver's eyes small, of pages, of several requests. */
static const size_t lengths[] = { 16, 512, 513, 528, 5000, 65536 - 96, MIB, MIB + 16, LONGEST };

static bool is_skipped(const struct work *work)
{
	return work->command == CIOCASYNCCRYPT && (memory->flags & COP_FLAG_NO_ZC);
}

static void check_lengths(const struct work *work)
{
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = fit(work, lengths[i]);

		if (memory->size && len + BEFORE + BEHIND > memory->size)
			break;
		if (len && (!i || len > fit(work, lengths[i - 1])))
			check_work(work, len);
	}
}

/* How far behind src, within it, dst may begin if the payload is one request. */
static void check_overlaps(const struct work *work)
{
	static const size_t distances[] = { 16, 4096, 500000 };
	uint8_t *here = odd + BEFORE + PAGE;

	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		check_overlap(work, fit(work, 65536), here, here + distances[i]);
		check_overlap(work, fit(work, MIB - 64), here, here + distances[i]);
		check_overlap(work, fit(work, MIB - 64), here + distances[i], here);
		check_overlap(work, fit(work, LONGEST), here + distances[i], here);
		if (!work->max)
			CHECK_EQ(
				run_here(work, here, here + distances[i], fit(work, LONGEST)).error,
				EINVAL);
	}
}

static void with(const struct memory *kind)
{
	struct rlimit before;

	if (!begin(kind, &before))
		return;
	for (size_t i = 0; i < WORKS; i++) {
		const struct work *work = &works[i];

		if (is_skipped(work) ||
		    (kind->read_only && (work->undoes || work->place == IN_PLACE)))
			continue;
		check_note("%s", work->name);
		check_lengths(work);
		if (!kind->read_only && work->place == ANYWHERE)
			check_overlaps(work);
	}
	end(&before);
}

static uint8_t *map_physical(long address, int protection, size_t size)
{
	int file = open("/dev/mem", protection & PROT_WRITE ? O_RDWR : O_RDONLY);
	uint8_t *mapped = mmap(NULL, size, protection, MAP_SHARED, file, address);

	REQUIRE(file >= 0 && mapped != MAP_FAILED);
	close(file);
	return mapped;
}

static uint8_t *map_bios(void)
{
	return map_physical(BIOS, PROT_READ, 2 * 32768);
}

static uint8_t *map_reserved(void)
{
	return map_physical(RESERVED, PROT_READ | PROT_WRITE, 2 * AREA);
}

static uint8_t *map_anonymous(void)
{
	return anywhere_map(2 * AREA) - BEFORE;
}

static uint8_t *map_secret(void)
{
	int file = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	uint8_t *mapped;

	if (file < 0 && errno == ENOSYS) {
		check_note("SKIP: the kernel has no memfd_secret()");
		return NULL;
	}
	REQUIRE(file >= 0 && ftruncate(file, 2 * AREA) == 0);
	mapped = mmap(NULL, 2 * AREA, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	REQUIRE(mapped != MAP_FAILED);
	close(file);
	return mapped;
}

/* Every other 96 KiB are the reserved memory's, so each long payload has both in it. */
static uint8_t *map_mixed(void)
{
	uint8_t *mapped = map_anonymous();
	int file = open("/dev/mem", O_RDWR);

	REQUIRE(file >= 0);
	for (size_t at = 0; at + 96 * 1024 <= 2 * AREA; at += 2 * 96 * 1024)
		REQUIRE(mmap(mapped + at, 96 * 1024, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			     file, RESERVED + (long)at) == mapped + at);
	close(file);
	return mapped;
}

/* 6.COPIED */
static void firmware(void)
{
	with(&(struct memory){ .map = map_bios, .size = 32768, .read_only = true });
}

/* 6.COPIED */
static void reserved(void)
{
	with(&(struct memory){ .map = map_reserved });
}

/* 6.COPIED */
static void secret(void)
{
	with(&(struct memory){ .map = map_secret });
}

/* 6.COPIED */
static void mixed(void)
{
	with(&(struct memory){ .map = map_mixed });
}

/* 6.COPIED */
static void nothing_lockable(void)
{
	with(&(struct memory){ .map = map_anonymous, .user = true, .may_lock = 0 });
}

/* 6.COPIED */
static void little_lockable(void)
{
	with(&(struct memory){ .map = map_anonymous, .user = true, .may_lock = 65536 });
}

/* 6.COPIED */
static void asked_to_copy(void)
{
	with(&(struct memory){ .map = map_anonymous, .flags = COP_FLAG_NO_ZC });
}

/* 6.COPIED: What can be asked of work that is done in pieces and at once. */
static void nothing_pinned(void)
{
	long long before;

	memory = &(struct memory){ .flags = COP_FLAG_NO_ZC };
	anywhere_open();
	before = dev_pinned_ever();
	for (size_t i = 0; i < WORKS; i++) {
		size_t len = fit(&works[i], LONGEST);

		if (!is_skipped(&works[i]) && !works[i].undoes)
			CHECK_EQ(run_here(&works[i], ordinary, ordinary, len).error, 0);
	}
	CHECK_EQ(dev_pinned_ever(), before);
	anywhere_close();
}

static void check_bad(const struct work *work, uint8_t *hole)
{
	size_t len = fit(work, LONGEST), half = fit(work, 2 * PAGE);

	CHECK_EQ(run_here(work, hole + 16, ordinary, half).error, EFAULT);
	CHECK_EQ(run_here(work, hole - fit(work, PAGE), ordinary, half).error, EFAULT);
	CHECK_EQ(run_here(work, hole - fit(work, MIB), ordinary, len).error, EFAULT);
	if (work->place == NOWHERE)
		return;
	CHECK_EQ(run_here(work, ordinary, hole + 16, half).error, EFAULT);
	CHECK_EQ(run_here(work, ordinary, hole - fit(work, PAGE), half).error, EFAULT);
	CHECK_EQ(run_here(work, ordinary, hole - fit(work, MIB), len).error, EFAULT);
}

/* Not there, or not to be written: still an error, also where copying is what helps otherwise. */
static void bad_with(const struct memory *kind)
{
	struct rlimit before;

	REQUIRE(begin(kind, &before));
	REQUIRE(munmap(odd + 2 * MIB, AREA) == 0);
	for (size_t i = 0; i < WORKS; i++)
		if (!is_skipped(&works[i]) && works[i].place != IN_PLACE && !works[i].undoes &&
		    works[i].max == 0)
			check_bad(&works[i], odd + 2 * MIB);
	end(&before);
}

/* 6.COPIED */
static void bad_pointers(void)
{
	bad_with(&(struct memory){ .map = map_reserved });
	bad_with(&(struct memory){ .map = map_anonymous, .user = true, .may_lock = 0 });
	bad_with(&(struct memory){ .map = map_anonymous, .flags = COP_FLAG_NO_ZC });
	memory = &(struct memory){ .map = map_bios };
	odd = map_bios();
	anywhere_open();
	CHECK_EQ(run_here(&works[0], ordinary, odd + BEFORE, 16).error, EFAULT);
	CHECK_EQ(run_here(&works[0], ordinary, odd + BEFORE, 4096).error, EFAULT);
	anywhere_close();
	munmap(odd, 2 * 32768);
}

static const struct check_case cases[] = {
	{ "firmware, mapped from /dev/mem, can be read from", firmware },
	{ "memory that a driver has mapped is like other memory", reserved },
	{ "secret memory is like other memory", secret },
	{ "memory of which every other part is mapped by a driver is like other memory", mixed },
	{ "a user who may lock nothing can do all that root can", nothing_lockable },
	{ "a user who may lock 64 KiB can do all that root can", little_lockable },
	{ "COP_FLAG_NO_ZC changes no result", asked_to_copy },
	{ "with COP_FLAG_NO_ZC no page is pinned", nothing_pinned },
	{ "bad pointers are EFAULT where memory is copied", bad_pointers },
};

int main(void)
{
	ordinary = anywhere_map(AREA);
	expected = anywhere_map(AREA);
	return check_main(cases, ARRAY_SIZE(cases));
}
