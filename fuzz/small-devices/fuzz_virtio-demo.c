// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "device.h"

static struct vcrypto_virtio_demo device;
static uint8_t reference[4];	/* the register, little-endian */

static void reset(void)
{
	vcrypto_virtio_demo_reset(&device);
	memcpy(reference, "\x33\x13\0\0", 4);
}

static void plant(struct input *in, uint8_t *request, size_t len)
{
	input_fill(in, request, len);
	if (len >= 8 && !input_rare(in, 8)) {
		memset(request, 0, 4);
		request[0] = input_u8(in) & 1;
	}
}

static size_t expect(const uint8_t *request, size_t len, uint64_t room, uint8_t *reply)
{
	if (room < 8)
		return 0;
	if (len != 8 || request[0] > 1 || request[1] || request[2] || request[3]) {
		memset(reply, 0xff, 4);
		memset(reply + 4, 0, 4);
		return 8;
	}
	if (request[0] == 1)
		memcpy(reference, request + 4, 4);
	memcpy(reply, request, 4);
	memcpy(reply + 4, reference, 4);
	return 8;
}

static uint32_t process(struct vcrypto_cursor readable, struct vcrypto_cursor writable)
{
	return vcrypto_virtio_demo_chain(&device, readable, writable);
}

static void poke(struct input *in)
{
	(void)in;
}

static void check(void)
{
	CHECK(device.value == (reference[0] | (uint32_t)reference[1] << 8 |
			       (uint32_t)reference[2] << 16 | (uint32_t)reference[3] << 24));
}

const struct fuzz_device fuzz_device = { reset, plant, expect, process, poke, check };
