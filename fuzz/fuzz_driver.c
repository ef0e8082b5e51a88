// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The driver's half against a device that lies: in its config space, in the header of
 * its responses, in the used length.
 *
 * Each request is put together a second time, byte by byte from the drawings in the
 * protocol, and what the driver's half makes of an answer is foretold from section 5.2.
 * Control part, header and config space end where poison begins.
 */
#include <vcrypto/driver.h>

#include "fuzz.h"

#define LONGEST 640
#define MAX_STEPS 8		/* none depends on the ones before it */

/* What ends at end(@len) is @len bytes long, and not one more. */
static uint8_t pool[LONGEST + 64];

static void *end(size_t len)
{
	return pool + LONGEST - len;
}

/* The driver's half reads no memory of the device's. */
void vcrypto_read_hook(const void *shared, size_t len)
{
	(void)shared;
	(void)len;
}

struct bytes {
	uint8_t at[LONGEST + 256];
	size_t len;
};

static void put(struct bytes *bytes, uint64_t value, unsigned int width)
{
	for (; width; width--, value >>= 8)
		bytes->at[bytes->len++] = (uint8_t)value;
}

static void put_all(struct bytes *bytes, const uint8_t *from, size_t len)
{
	memcpy(bytes->at + bytes->len, from, len);
	bytes->len += len;
}

/* Protocol 3.1. */
static void put_head(struct bytes *bytes, unsigned int op, uint32_t flags, uint32_t context,
		     uint32_t session)
{
	bytes->len = 0;
	put(bytes, 1, 2);
	put(bytes, op, 2);
	put(bytes, flags, 4);
	put(bytes, context, 4);
	put(bytes, session, 4);
}

/* A request as it is to be. */
struct foretold {
	struct bytes bytes;
	bool allowed;		/* if there is room */
	struct vcrypto_expect expect;
};

static uint8_t secret[1024];

static bool build_session(struct input *in, struct vcrypto_message *message,
			  struct foretold *f)
{
	uint32_t cipher = input_rare(in, 16) ? input_border(in) : input_below(in, 64);
	uint32_t mac = input_rare(in, 16) ? input_border(in) : input_below(in, 64);
	uint32_t cipher_key = input_rare(in, 16) ? input_border(in) : input_below(in, 66);
	uint32_t mac_key = input_rare(in, 16) ? input_border(in) : input_below(in, 514);
	const struct vcrypto_session_args args = {
		.context = input_u8(in), .session = input_u16(in), .cipher = cipher, .mac = mac,
		.cipher_key = secret, .cipher_key_len = cipher_key,
		.mac_key = secret + 64, .mac_key_len = mac_key,
	};

	f->allowed = cipher <= 0xffff && mac <= 0xffff && cipher_key <= 64 && mac_key <= 512;
	put_head(&f->bytes, 3, 0, args.context, args.session);
	put(&f->bytes, cipher, 2);
	put(&f->bytes, mac, 2);
	put(&f->bytes, cipher_key, 4);
	put(&f->bytes, mac_key, 4);
	put(&f->bytes, 0, 4);
	if (f->allowed) {
		put_all(&f->bytes, secret, cipher_key);
		put_all(&f->bytes, secret + 64, mac_key);
	}
	return vcrypto_build_session_new(message, &args);
}

static bool build_crypt(struct input *in, struct vcrypto_message *message, struct foretold *f)
{
	const struct vcrypto_crypt_args args = {
		.context = input_u8(in), .session = input_u16(in),
		.decrypt = input_u8(in) & 1, .reset = input_u8(in) & 1, .more = input_u8(in) & 1,
		.src_len = input_u32(in),
		.dst_len = input_rare(in, 8) ? input_border(in) : input_u16(in),
		.iv = secret, .iv_len = (uint16_t)input_below(in, 18),
		.iv_out_len = (uint16_t)input_below(in, 17),
		.mac_len = (uint16_t)input_below(in, 65),
	};

	f->allowed = args.iv_len <= 16;
	f->expect = (struct vcrypto_expect){ args.dst_len, args.dst_len, args.mac_len,
					     args.iv_out_len, false };
	put_head(&f->bytes, 7, (args.decrypt ? VCRYPTO_FLAG_DECRYPT : 0) |
		 (args.reset ? VCRYPTO_FLAG_RESET : 0) | (args.more ? VCRYPTO_FLAG_MORE : 0),
		 args.context, args.session);
	put(&f->bytes, args.src_len, 4);
	put(&f->bytes, args.dst_len, 4);
	put(&f->bytes, args.iv_len, 2);
	put(&f->bytes, args.iv_out_len, 2);
	put(&f->bytes, args.mac_len, 2);
	put(&f->bytes, 0, 2);
	put_all(&f->bytes, secret, args.iv_len);
	return vcrypto_build_crypt(message, &args);
}

static bool build_auth(struct input *in, struct vcrypto_message *message, struct foretold *f)
{
	const struct vcrypto_authcrypt_args args = {
		.context = input_u8(in), .session = input_u16(in),
		.mode = (enum vcrypto_auth_mode)(1 + input_below(in, 3)),
		.decrypt = input_u8(in) & 1, .more = input_rare(in, 3), .go_on = input_rare(in, 3),
		.iv = secret, .iv_len = (uint16_t)input_below(in, 18),
		.iv_out_len = (uint16_t)input_below(in, 17),
		.tag_len = (uint16_t)input_below(in, 65),
		.aad_len = input_u16(in), .src_len = input_u32(in), .trailer_len = input_u8(in),
		.dst_len = input_rare(in, 8) ? input_border(in) : input_u16(in),
		.message_len = input_rare(in, 4) ? input_u64(in) : 0,
	};
	bool tls = args.mode == VCRYPTO_AUTH_TLS;

	f->allowed = args.iv_len <= 16;
	f->expect = (struct vcrypto_expect){
		args.dst_len, tls && args.decrypt ? 0 : args.dst_len,
		tls || args.decrypt || args.more ? 0 : args.tag_len, args.iv_out_len,
		args.decrypt && !args.more,
	};
	put_head(&f->bytes, 8, (args.decrypt ? VCRYPTO_FLAG_DECRYPT : 0) |
		 (args.go_on ? VCRYPTO_FLAG_CONTINUE : 0) | (args.more ? VCRYPTO_FLAG_MORE : 0),
		 args.context, args.session);
	put(&f->bytes, args.mode, 2);
	put(&f->bytes, args.iv_len, 2);
	put(&f->bytes, args.iv_out_len, 2);
	put(&f->bytes, args.tag_len, 2);
	put(&f->bytes, args.aad_len, 4);
	put(&f->bytes, args.src_len, 4);
	put(&f->bytes, args.dst_len, 4);
	put(&f->bytes, args.trailer_len, 4);
	put(&f->bytes, args.message_len, 8);
	put_all(&f->bytes, secret, args.iv_len);
	return vcrypto_build_authcrypt(message, &args);
}

/* The operations without much to say. */
static bool build_small(struct input *in, struct vcrypto_message *message, struct foretold *f)
{
	uint32_t context = input_u32(in);
	uint32_t session = input_u32(in);
	uint32_t from;

	switch (input_below(in, 6)) {
	case 0:
		put_head(&f->bytes, 1, 0, context, 0);
		return vcrypto_build_context_open(message, context);
	case 1:
		put_head(&f->bytes, 2, 0, context, 0);
		return vcrypto_build_context_close(message, context);
	case 2:
		put_head(&f->bytes, 4, 0, context, session);
		return vcrypto_build_session_free(message, context, session);
	case 3:
		put_head(&f->bytes, 5, 0, context, session);
		f->expect.dst_len = f->expect.dst_min = sizeof(struct vcrypto_session_info);
		return vcrypto_build_session_info(message, context, session);
	case 4:
		from = input_u32(in);
		put_head(&f->bytes, 6, 0, context, session);
		put(&f->bytes, from, 4);
		put(&f->bytes, 0, 4);
		return vcrypto_build_hash_copy(message, context, session, from);
	default:
		put_head(&f->bytes, 9, 0, 0, 0);
		f->expect.dst_len = f->expect.dst_min = sizeof(struct vcrypto_counters);
		return vcrypto_build_counters(message);
	}
}

/* Protocol 5.2, from the bytes. */
static int judge(const uint8_t *header, uint64_t used, const struct vcrypto_expect *expect)
{
	uint64_t status = 0, dst = 0, reserved = 0;
	unsigned int mac = header[8] | header[9] * 256u;
	unsigned int iv = header[10] | header[11] * 256u;
	unsigned int i;

	for (i = 4; i--; ) {
		status = status << 8 | header[i];
		dst = dst << 8 | header[4 + i];
		reserved |= header[12 + i];
	}
	if (reserved || status > VCRYPTO_AUTH_FAILED ||
	    (status == VCRYPTO_AUTH_FAILED && !expect->verifies))
		return -1;
	if (status)
		return dst || mac || iv || used != 16 ? -1 : (int)status;
	if (mac != expect->mac_len || iv != expect->iv_len || dst > expect->dst_len ||
	    dst < expect->dst_min)
		return -1;
	return used == 16 + (uint64_t)expect->dst_len + mac + iv ? 0 : -1;
}

/* What comes back: mostly what was promised, and as a rule one lie at most; @lie: at least. */
static bool answer(struct input *in, bool lie, uint8_t *header,
		   const struct vcrypto_expect *expect)
{
	uint64_t sum = 16 + (uint64_t)expect->dst_len + expect->mac_len + expect->iv_len;
	uint32_t used = (uint32_t)sum;
	struct bytes bytes;
	struct vcrypto_response_header *copy = (void *)header;
	unsigned int lies;
	int verdict;

	bytes.len = 0;
	put(&bytes, 0, 4);
	put(&bytes, input_rare(in, 8) ? expect->dst_min : expect->dst_len, 4);
	put(&bytes, expect->mac_len, 2);
	put(&bytes, expect->iv_len, 2);
	put(&bytes, 0, 4);
	if (input_rare(in, 3)) {
		memset(bytes.at, 0, 16);
		bytes.at[0] = (uint8_t)input_below(in, 12);
		used = bytes.at[0] ? 16 : used;
	}
	lies = input_below(in, 4) % 3;
	for (lies += lie && !lies; lies; lies--)
		switch (input_below(in, 4)) {
		case 0:
			used += input_below(in, 5) - 2;
			break;
		case 1:
			used = input_border(in);
			break;
		case 2:
			bytes.at[input_below(in, 16)] += (uint8_t)(input_u8(in) - 128);
			break;
		default:	/* bytes that are said to be of another part */
			lies = input_below(in, 9);
			bytes.at[8] += (uint8_t)lies;
			bytes.at[10] -= (uint8_t)lies;
			lies = 1;
		}
	memcpy(header, bytes.at, 16);
	verdict = vcrypto_check_response(copy, used, expect);
	CHECK(verdict == judge(bytes.at, used, expect));
	return verdict == 0;
}

static bool exchange(struct input *in, bool lie)
{
	size_t size = input_rare(in, 4) ? input_below(in, LONGEST + 1) : LONGEST;
	struct vcrypto_response_header header;
	struct vcrypto_message message = { .control = end(size), .size = size,
					   .header = &header };
	struct foretold f;
	uint8_t *copy = end(sizeof(header));
	bool ok;

	f.allowed = true;
	memset(&f.expect, 0, sizeof(f.expect));
	memset(&header, 0xa5, sizeof(header));
	switch (input_below(in, 4)) {
	case 0:
		ok = build_crypt(in, &message, &f);
		break;
	case 1:
		ok = build_auth(in, &message, &f);
		break;
	case 2:
		ok = build_session(in, &message, &f);
		break;
	default:
		ok = build_small(in, &message, &f);
	}
	CHECK(ok == (f.allowed && f.bytes.len <= size));
	CHECK(message.len == (ok ? f.bytes.len : 0));
	if (!ok)
		return false;
	CHECK(!memcmp(message.control, f.bytes.at, f.bytes.len));
	/* As it is now, nobody has answered. */
	CHECK(vcrypto_get32(header.status) == VCRYPTO_STATUS_UNSET);
	CHECK(vcrypto_check_response(&header, 16, &message.expect) == -1);
	CHECK(message.expect.dst_len == f.expect.dst_len &&
	      message.expect.dst_min == f.expect.dst_min &&
	      message.expect.mac_len == f.expect.mac_len &&
	      message.expect.iv_len == f.expect.iv_len &&
	      message.expect.verifies == f.expect.verifies);
	return answer(in, lie, copy, &f.expect);
}

/* A member of config space: what a driver is to make of it. */
static uint32_t capped(struct input *in, struct vcrypto_le32 *member, uint32_t most)
{
	uint32_t value = input_rare(in, 4) ? input_border(in) : input_below(in, most) + 1;

	if (input_rare(in, 8))
		value = most + input_below(in, 3) - 1;
	*member = vcrypto_put32(value);
	return value > most ? most : value;
}

/* Algorithms that have a name. */
static uint64_t known[2];

static void learn_algorithms(void)
{
	uint32_t id;

	for (id = 0; id < 64; id++) {
		known[0] |= (uint64_t)!!vcrypto_cipher_find(id) << id;
		known[1] |= (uint64_t)!!vcrypto_mac_find(id) << id;
	}
}

static void check_name(struct input *in, char *name, char *expected)
{
	size_t i;

	memset(name, 'z', VCRYPTO_BACKEND_NAME_LEN);
	if (!input_rare(in, 4))
		name[input_below(in, VCRYPTO_BACKEND_NAME_LEN)] = 0;
	if (input_rare(in, 3))
		name[input_below(in, VCRYPTO_BACKEND_NAME_LEN)] = (char)input_u8(in);
	memset(expected, 0, VCRYPTO_BACKEND_NAME_LEN);
	for (i = 0; i < VCRYPTO_BACKEND_NAME_LEN - 1; i++) {
		if ((unsigned char)name[i] < 0x21 || (unsigned char)name[i] > 0x7e)
			break;
		expected[i] = name[i];
	}
}

static void check_config(struct input *in)
{
	struct vcrypto_config config;
	struct vcrypto_device_limits limits, right;
	uint64_t ciphers = input_rare(in, 3) ? UINT64_MAX : input_u64(in);
	uint64_t macs = input_rare(in, 3) ? UINT64_MAX : input_u64(in);
	uint16_t version = input_rare(in, 8) ? input_u16(in) : 1;
	uint16_t reserved = input_rare(in, 8) ? input_u16(in) : 0;
	uint8_t *copy = end(sizeof(config));
	bool usable;

	memset(&limits, 0xa5, sizeof(limits));
	memset(&right, 0xa5, sizeof(right));
	config.version = vcrypto_put16(version);
	config.reserved = vcrypto_put16(reserved);
	right.queues = capped(in, &config.queues, VCRYPTO_MAX_QUEUES);
	right.contexts = capped(in, &config.max_contexts, VCRYPTO_MAX_CONTEXTS);
	right.sessions = capped(in, &config.max_sessions, VCRYPTO_MAX_SESSIONS);
	right.cipher_key = capped(in, &config.max_cipher_key, VCRYPTO_MAX_CIPHER_KEY);
	right.mac_key = capped(in, &config.max_mac_key, VCRYPTO_MAX_MAC_KEY);
	right.payload = capped(in, &config.max_payload, VCRYPTO_MAX_PAYLOAD);
	right.aad = capped(in, &config.max_aad, VCRYPTO_MAX_AAD);
	config.ciphers = vcrypto_put64(ciphers);
	config.macs = vcrypto_put64(macs);
	right.ciphers = ciphers & known[0];
	right.macs = macs & known[1];
	check_name(in, config.backend, right.backend);
	memcpy(copy, &config, sizeof(config));
	usable = version == 1 && !reserved && right.queues && right.contexts && right.sessions &&
		 right.payload >= 4096;
	CHECK(vcrypto_check_config((const void *)copy, &limits) == usable);
	CHECK(!usable || !memcmp(&limits, &right, sizeof(limits)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	bool lies = input_coin(&in, 3);
	unsigned int steps;
	bool believed = false;

	if (!secret[0]) {
		memset(secret, 'k', sizeof(secret));
		learn_algorithms();
		fuzz_poison(pool + LONGEST, sizeof(pool) - LONGEST);
	}
	for (steps = 0; in.left && steps < MAX_STEPS; steps++)
		if (input_rare(&in, 12))
			check_config(&in);
		else
			believed |= exchange(&in, lies);
	reached_count(believed);
	return 0;
}
