// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <ctype.h>
#include <stdlib.h>

#include "check.h"

const uint8_t key_bytes[VCRYPTO_MAX_MAC_KEY] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
	0x3c, 0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d,
	0x77, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
};

void check_status(const struct guest_call *call, int expected, const char *file, int line)
{
	if (call->violation) {
		print_error("the device broke a rule: %s\n", call->violation);
		_fail(file, line);
	}
	if (call->status != expected) {
		print_error("status %d, expected %d\n", call->status, expected);
		_fail(file, line);
	}
}

void check_answer(struct guest *guest, struct guest_call *call, int expected, const char *file,
		  int line)
{
	host_run(guest);
	check_status(call, expected, file, line);
	guest_forget(guest, call);
}

bool all_bytes(const void *bytes, size_t len, uint8_t value)
{
	const uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		if (at[i] != value)
			return false;
	return true;
}

bool contains(const void *hay, size_t len, const void *needle, size_t needle_len)
{
	const uint8_t *at = hay;
	size_t i;

	for (i = 0; i + needle_len <= len; i++)
		if (memcmp(at + i, needle, needle_len) == 0)
			return true;
	return false;
}

size_t unhex(const char *hex, void *to, size_t room)
{
	uint8_t *out = to;
	size_t len = 0;

	while (*hex) {
		char digits[3] = { hex[0], hex[1], 0 };

		if (isspace((unsigned char)*hex)) {
			hex++;
			continue;
		}
		if (!isxdigit((unsigned char)hex[0]) || !isxdigit((unsigned char)hex[1]) ||
		    len == room)
			sim_die("bad hexadecimal digits in a test");
		out[len++] = (uint8_t)strtoul(digits, NULL, 16);
		hex += 2;
	}
	return len;
}

/* splitmix64: every seed, 0 included, is a good one. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void pattern(void *to, size_t len, uint64_t seed)
{
	uint8_t *out = to;
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)next_random(&seed);
}

uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(next_random(state) % limit);
}

struct vcrypto_session_args both_args(uint32_t session, uint32_t cipher, uint32_t key_len,
				      uint32_t mac, uint32_t mac_key_len)
{
	return (struct vcrypto_session_args){
		.session = session,
		.cipher = cipher,
		.mac = mac,
		.cipher_key = key_bytes,
		.cipher_key_len = key_len,
		.mac_key = key_bytes,
		.mac_key_len = mac_key_len,
	};
}

struct vcrypto_session_args cipher_args(uint32_t session, uint32_t cipher, uint32_t key_len)
{
	return both_args(session, cipher, key_len, VCRYPTO_MAC_NONE, 0);
}

struct vcrypto_session_args hash_args(uint32_t session, uint32_t mac, uint32_t key_len)
{
	return both_args(session, VCRYPTO_CIPHER_NONE, 0, mac, key_len);
}

void make_session(struct guest *guest, const struct vcrypto_session_args *args)
{
	struct guest_call *open = guest_open(guest, args->context);
	struct guest_call *make = guest_session(guest, args);

	host_run(guest);
	/* Taken is fine: a test makes several sessions in one context. */
	if (open->status != VCRYPTO_HANDLE_IN_USE)
		assert_status(open, VCRYPTO_OK);
	assert_status(make, VCRYPTO_OK);
	guest_forget(guest, open);
	guest_forget(guest, make);
}

struct vcrypto_crypt_args data_args(uint32_t session, uint32_t len)
{
	return (struct vcrypto_crypt_args){ .session = session, .src_len = len, .dst_len = len };
}
