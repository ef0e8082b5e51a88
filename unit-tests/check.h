/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the tests share: cmocka, a few assertions, bytes, ready-made arguments. */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guest.h"
#include "real_backend.h"

/* The status of a request that has come back, and that the device broke no rule. */
#define assert_status(call, expected) check_status(call, expected, __FILE__, __LINE__)
void check_status(const struct guest_call *call, int expected, const char *file, int line);

/* Makes a request, lets the host answer it, checks the status and forgets it. */
#define assert_answer(guest, call, expected) \
	check_answer(guest, call, expected, __FILE__, __LINE__)
void check_answer(struct guest *guest, struct guest_call *call, int expected, const char *file,
		  int line);

/* Whether all @len bytes are @value. */
bool all_bytes(const void *bytes, size_t len, uint8_t value);

/* Whether @needle occurs in @hay. */
bool contains(const void *hay, size_t len, const void *needle, size_t needle_len);

/* Reads hexadecimal digits, spaces ignored; returns the number of bytes. */
size_t unhex(const char *hex, void *to, size_t room);

/* Pseudo-random bytes; the same @seed gives the same bytes on every machine. */
void pattern(void *to, size_t len, uint64_t seed);

/* The next pseudo-random number below @limit. */
uint32_t random_below(uint64_t *state, uint32_t limit);

/* Arguments of a session in context 0, with keys from key_bytes. */
extern const uint8_t key_bytes[VCRYPTO_MAX_MAC_KEY];
struct vcrypto_session_args cipher_args(uint32_t session, uint32_t cipher, uint32_t key_len);
struct vcrypto_session_args hash_args(uint32_t session, uint32_t mac, uint32_t key_len);
struct vcrypto_session_args both_args(uint32_t session, uint32_t cipher, uint32_t key_len,
				      uint32_t mac, uint32_t mac_key_len);

/* Context 0 open, and the session of @args in it. */
void make_session(struct guest *guest, const struct vcrypto_session_args *args);

/* Source and destination of @len bytes in session @session of context 0. */
struct vcrypto_crypt_args data_args(uint32_t session, uint32_t len);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* CHECK_H */
