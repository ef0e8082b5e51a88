/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The one file that knows where it is compiled: a hosted C11 program, the Linux
 * kernel, or freestanding, without a C library.  Everything else in libvcrypto uses
 * only what is named here, which is little: fixed-width integers, mem*, and a
 * handful of macros.  No other file may test __KERNEL__ or __STDC_HOSTED__.
 */
#ifndef VCRYPTO_PLATFORM_H
#define VCRYPTO_PLATFORM_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#elif !__STDC_HOSTED__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compilers call these four in any case, so whoever has no C library has them. */
void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

struct iovec {
	void *iov_base;
	size_t iov_len;		/* bytes */
};

#else

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#endif

/* @condition holds, or the file does not compile. */
#ifdef __cplusplus
#define VCRYPTO_ASSERT(condition, text) static_assert(condition, text)
#else
#define VCRYPTO_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* A function whose result carries a check must not be called for nothing. */
#define VCRYPTO_MUST_CHECK __attribute__((warn_unused_result))
#define VCRYPTO_ALWAYS_INLINE __attribute__((always_inline))

/*
 * All that the function calls becomes a part of it, as far as the compiler sees it, but for
 * what is rare.  For the one way that all requests take: by themselves compilers stop
 * long before, at a size, and a short request pays for each call.
 */
#define VCRYPTO_FLATTEN __attribute__((flatten))
#define VCRYPTO_RARE __attribute__((__noinline__))

/*
 * Little-endian integers as they stand in shared memory and on the wire.
 * Being structs they cannot be read, written, compared or added by accident:
 * only the accessors below compile.  Alignment is that of the plain integer.
 */
struct vcrypto_le16 {
	uint16_t wire;	/* for the accessors alone */
};

/* The same of 32 bits. */
struct vcrypto_le32 {
	uint32_t wire;	/* for the accessors alone */
};

/* The same of 64 bits. */
struct vcrypto_le64 {
	uint64_t wire;	/* for the accessors alone */
};

/* The conversion is its own inverse; compilers make nothing or one bswap of it. */
static inline uint16_t vcrypto_swap16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap16(value);
#else
	return value;
#endif
}

static inline uint32_t vcrypto_swap32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap32(value);
#else
	return value;
#endif
}

static inline uint64_t vcrypto_swap64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(value);
#else
	return value;
#endif
}

static inline uint16_t vcrypto_get16(struct vcrypto_le16 field)
{
	return vcrypto_swap16(field.wire);
}

static inline uint32_t vcrypto_get32(struct vcrypto_le32 field)
{
	return vcrypto_swap32(field.wire);
}

static inline uint64_t vcrypto_get64(struct vcrypto_le64 field)
{
	return vcrypto_swap64(field.wire);
}

static inline struct vcrypto_le16 vcrypto_put16(uint16_t value)
{
	struct vcrypto_le16 field = { vcrypto_swap16(value) };

	return field;
}

static inline struct vcrypto_le32 vcrypto_put32(uint32_t value)
{
	struct vcrypto_le32 field = { vcrypto_swap32(value) };

	return field;
}

static inline struct vcrypto_le64 vcrypto_put64(uint64_t value)
{
	struct vcrypto_le64 field = { vcrypto_swap64(value) };

	return field;
}

/*
 * Overwrite @len bytes at @memory with zeros.  Unlike a bare memset() just
 * before the memory goes out of use, this one survives the optimiser: the
 * empty asm claims to read the memory afterwards.
 */
static inline void vcrypto_wipe(void *memory, size_t len)
{
	memset(memory, 0, len);
	__asm__ __volatile__("" : : "r"(memory) : "memory");
}

#ifndef __KERNEL__
/*
 * Ordering of accesses to a ring that another processor reads and writes
 * (virtio 1.2, 2.7.13 and 2.7.14).  The engine needs none of them; only
 * vring.c does.
 */
static inline uint16_t vcrypto_load_acquire16(const uint16_t *shared)
{
	return __atomic_load_n(shared, __ATOMIC_ACQUIRE);
}

static inline void vcrypto_store_release16(uint16_t *shared, uint16_t value)
{
	__atomic_store_n(shared, value, __ATOMIC_RELEASE);
}

static inline void vcrypto_full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * Called after every copy of control bytes out of memory that the other side can
 * change.  Of payload only the block from which the next IV is taken passes through it.
 *
 * The compiler has to assume that all memory has changed since.  So it cannot read
 * @shared a second time, later, in place of the copy, which memcpy() alone would allow.
 *
 * Test builds define VCRYPTO_READ_HOOK and provide this function, so that a test can fail
 * on the second read of the same byte, or change the byte behind our back.
 */
#ifdef VCRYPTO_READ_HOOK
void vcrypto_read_hook(const void *shared, size_t len);
#else
static inline void vcrypto_read_hook(const void *shared, size_t len)
{
	(void)shared;
	(void)len;
	__asm__ __volatile__("" : : : "memory");
}
#endif
#endif /* !__KERNEL__ */

#endif /* VCRYPTO_PLATFORM_H */
