// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <ctype.h>

#include "device.h"

static struct vcrypto_caesar device;
static struct {
	int64_t key;
	uint32_t size;
} reference;

static void reset(void)
{
	vcrypto_caesar_reset(&device);
	reference.key = 3;
	reference.size = 100;
}

static void plant(struct input *in, uint8_t *request, size_t len)
{
	input_fill(in, request, len);
	if (len >= 4) {
		memset(request, 0, 4);
		request[0] = input_rare(in, 8) ? input_u8(in) : 1 + (input_u8(in) & 1);
	}
	for (size_t i = 4; i < len; i++)
		request[i] = (uint8_t)((request[i] & 0x20) + 'A' + request[i] % 26);
	if (len > 4 && input_rare(in, 6))
		request[4 + input_below(in, (uint32_t)len - 4)] = input_u8(in);
}

/* One place at a time, as one does with one's fingers; and once, because it takes so long. */
static uint8_t shift(uint8_t letter, int64_t places)
{
	static uint8_t known[26]['z' + 1];
	uint8_t *result;

	places = (places % 26 + 26) % 26;
	result = &known[places][letter];
	if (*result)
		return *result;
	for (; places; places--)
		letter = letter == 'z' ? 'a' : letter == 'Z' ? 'A' : (uint8_t)(letter + 1);
	*result = letter;
	return letter;
}

static size_t refuse(uint8_t *reply, uint8_t status)
{
	memset(reply, 0, 4);
	reply[0] = status;
	return 4;
}

static size_t expect(const uint8_t *request, size_t len, uint64_t room, uint8_t *reply)
{
	if (room < 4)
		return 0;
	if (len < 4 || request[0] < 1 || request[0] > 2 || request[1] || request[2] || request[3])
		return refuse(reply, VCRYPTO_CAESAR_BAD_REQUEST);
	if (len - 4 > reference.size)
		return refuse(reply, VCRYPTO_CAESAR_TOO_LONG);
	if (len > room)
		return refuse(reply, VCRYPTO_CAESAR_BAD_REQUEST);
	for (size_t i = 4; i < len; i++)
		if (request[i] > 0x7f || !isalpha(request[i]))
			return refuse(reply, VCRYPTO_CAESAR_NOT_LETTERS);
	refuse(reply, VCRYPTO_CAESAR_OK);
	for (size_t i = 4; i < len; i++)
		reply[i] = shift(request[i], request[0] == 1 ? reference.key : -reference.key);
	return len;
}

static uint32_t process(struct vcrypto_cursor readable, struct vcrypto_cursor writable)
{
	return vcrypto_caesar_chain(&device, readable, writable);
}

/* The driver writes the configuration space. */
static void poke(struct input *in)
{
	uint32_t key = input_rare(in, 2) ? input_border(in) : input_u8(in);
	uint32_t size = input_rare(in, 3) ? input_border(in) : input_below(in, 8192);
	struct vcrypto_caesar_config config = { vcrypto_put32(key), vcrypto_put32(size) };

	vcrypto_caesar_set_config(&device, &config);
	reference.key = (int64_t)key - (key > INT32_MAX ? (int64_t)1 << 32 : 0);
	if (size && size <= 4096)
		reference.size = size;
}

static void check(void)
{
	CHECK(device.key == reference.key);
	CHECK(device.size == reference.size);
}

const struct fuzz_device fuzz_device = { reset, plant, expect, process, poke, check };
