// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Texts of 64 KiB up to the longest payload there is.  What can go wrong with these is
 * lengths: limits, checks, counters, what the response says.  So the provider does no
 * work, and the payload is one mapping that next to nobody touches: a text of 64 MiB
 * costs what one of 16 bytes does.
 */
#include <sys/mman.h>

#include "engine_long.h"

#define TAG_LEN 8
#define MAX_OPS 6

/* What a text may be as long as; 0: the last, and one too many. */
static const uint32_t borders[] = {
	1u << 16, 1u << 24, VCRYPTO_MAX_PAYLOAD, 1u << 20, 1u << 25, 3u << 15,
};

struct kind {
	uint32_t cipher, mac;
	uint32_t mode;		/* of AUTHCRYPT; 0: CRYPT */
	uint32_t cipher_key_len, mac_key_len;
};

static const struct kind kinds[] = {
	{ VCRYPTO_CIPHER_AES_CBC, 0, 0, 16, 0 },
	{ VCRYPTO_CIPHER_AES_XTS, 0, 0, 32, 0 },
	{ VCRYPTO_CIPHER_AES_CCM, 0, VCRYPTO_AUTH_AEAD, 16, 0 },
	{ VCRYPTO_CIPHER_AES_GCM, 0, VCRYPTO_AUTH_AEAD, 16, 0 },
	{ VCRYPTO_CIPHER_AES_CTR, VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_AUTH_SRTP, 16, 20 },
	{ VCRYPTO_CIPHER_AES_CBC, VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_AUTH_TLS, 16, 20 },
};

struct long_op {
	const struct kind *kind;
	const struct vcrypto_cipher *cipher;
	uint32_t session;
	uint32_t src_len, dst_len, aad_len, trailer_len;
	uint32_t tag_len;	/* written behind the destination */
	uint8_t iv[VCRYPTO_MAX_IV];
};

static struct {
	struct vcrypto_engine *engine;
	uint8_t *payload;
	uint64_t bytes_in, bytes_out;	/* since the last reset */
} device;

static bool idle_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	(void)provider;
	capabilities->ciphers = UINT64_MAX;
	capabilities->macs = UINT64_MAX;
	return true;
}

static enum vcrypto_status idle_session_new(void *provider, void *session,
					    const struct vcrypto_session_spec *spec)
{
	(void)provider;
	(void)session;
	(void)spec;
	return VCRYPTO_OK;
}

static void idle_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++)
		jobs[i]->status = VCRYPTO_OK;
}

static const struct vcrypto_backend idle_backend = {
	.name = "idle",
	.open = idle_open,
	.session_new = idle_session_new,
	.submit = idle_submit,
};

/* Zeros that take no memory before they are touched. */
static void *map(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

/* Executes a request of what @control has and @op says; how many bytes were written. */
static uint32_t process(const struct op_args *control, const struct long_op *op,
			struct vcrypto_response_header *header)
{
	uint8_t *text = device.payload;
	uint8_t tag[TAG_LEN];
	uint32_t cut = op->src_len / 3;
	const struct iovec readable[] = {
		{ (void *)(uintptr_t)control->control, control->control_len },
		{ text, op->aad_len },
		{ text, cut }, { text + cut, op->src_len - cut },
		{ text, op->trailer_len },
	};
	const struct iovec writable[] = {
		{ header, sizeof(*header) }, { text, op->dst_len }, { tag, op->tag_len },
	};
	struct vcrypto_io io = {
		.readable = readable, .readable_count = 5,
		.writable = writable, .writable_count = 3,
	};

	CHECK(vcrypto_process(device.engine, &io, 1) == 1);
	return io.written;
}

static void put_header(struct op_args *control, uint16_t op, uint32_t session)
{
	struct input none = { NULL, 0 };

	control->control_len = 0;
	args_put_header(control, &none, op, 0, 0, session);
}

static void must(struct op_args *control)
{
	static const struct long_op nothing;
	struct vcrypto_response_header header;

	CHECK(process(control, &nothing, &header) == sizeof(header));
	CHECK(vcrypto_get32(header.status) == VCRYPTO_OK);
}

/* A session of each kind, whose handle is its number. */
static void furnish(struct op_args *control)
{
	const struct kind *kind;
	uint32_t i;

	put_header(control, VCRYPTO_OP_CONTEXT_OPEN, 0);
	must(control);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		kind = &kinds[i];
		put_header(control, VCRYPTO_OP_SESSION_NEW, i);
		args_put(control, kind->cipher, 2);
		args_put(control, kind->mac, 2);
		args_put(control, kind->cipher_key_len, 4);
		args_put(control, kind->mac_key_len, 4);
		args_put(control, 0, 4);
		memset(control->control + control->control_len, (int)i + 1,
		       kind->cipher_key_len + kind->mac_key_len);
		/* Halves that differ. */
		control->control[control->control_len] = 0x80;
		control->control_len += kind->cipher_key_len + kind->mac_key_len;
		must(control);
	}
}

static void choose(struct long_op *op, struct input *in)
{
	static const uint32_t aad[] = { 0, 13, VCRYPTO_MAX_AAD, VCRYPTO_MAX_AAD + 1 };
	uint32_t block, len;

	memset(op, 0, sizeof(*op));
	op->session = input_below(in, sizeof(kinds) / sizeof(kinds[0]));
	op->kind = &kinds[op->session];
	op->cipher = vcrypto_cipher_find(op->kind->cipher);
	block = op->kind->mode ? 1 : op->cipher->block;
	len = borders[input_below(in, sizeof(borders) / sizeof(borders[0]))];
	len = (len / block + input_below(in, 4) - 2) * block;
	if (input_rare(in, 4))
		len = input_u32(in) % (VCRYPTO_MAX_PAYLOAD + 1) / block * block;
	op->src_len = op->dst_len = len;
	if (op->kind->mode) {
		op->aad_len = aad[input_rare(in, 3) ? input_below(in, 4) : 0];
		op->tag_len = op->kind->mode == VCRYPTO_AUTH_TLS ? 0 : TAG_LEN;
	}
	if (op->kind->mode == VCRYPTO_AUTH_SRTP)
		op->trailer_len = aad[input_rare(in, 3) ? input_below(in, 4) : 0];
	if (op->kind->mode == VCRYPTO_AUTH_TLS)
		op->dst_len = (len + TAG_LEN) / op->cipher->block * op->cipher->block +
			      op->cipher->block;
	op->iv[0] = (uint8_t)input_below(in, 9);
}

/* 2.4, 4.7.1, 4.8.1 */
static enum vcrypto_status foretell(const struct long_op *op)
{
	uint64_t most = UINT64_MAX;
	unsigned int bytes = op->iv[0] + 1u;

	if (op->src_len > VCRYPTO_MAX_PAYLOAD || op->aad_len > VCRYPTO_MAX_AAD ||
	    op->trailer_len > VCRYPTO_MAX_AAD)
		return VCRYPTO_BAD_REQUEST;
	if (op->cipher->id == VCRYPTO_CIPHER_AES_XTS && op->src_len > 16 * 1048576)
		return VCRYPTO_BAD_PARAMETER;
	if (op->cipher->id != VCRYPTO_CIPHER_AES_CCM)
		return VCRYPTO_OK;
	while (bytes < 8 && most >> 8 * bytes)
		most >>= 8;
	return op->iv[0] < 1 || op->iv[0] > 7 || op->src_len > most ? VCRYPTO_BAD_PARAMETER :
								      VCRYPTO_OK;
}

static void put_op(struct op_args *control, const struct long_op *op)
{
	bool auth = op->kind->mode != 0;

	put_header(control, auth ? VCRYPTO_OP_AUTHCRYPT : VCRYPTO_OP_CRYPT, op->session);
	if (auth) {
		args_put(control, op->kind->mode, 2);
		args_put(control, op->cipher->iv_len, 2);
		args_put(control, 0, 2);
		args_put(control, TAG_LEN, 2);
		args_put(control, op->aad_len, 4);
	}
	args_put(control, op->src_len, 4);
	args_put(control, op->dst_len, 4);
	if (auth) {
		args_put(control, op->trailer_len, 4);
		args_put(control, 0, 4);	/* the message's length, */
		args_put(control, 0, 4);
	} else {
		args_put(control, op->cipher->iv_len, 2);
		args_put(control, 0, 2);	/* of the next IV, and a digest's, */
		args_put(control, 0, 2);
		args_put(control, 0, 2);	/* nothing. */
	}
	memcpy(control->control + control->control_len, op->iv, op->cipher->iv_len);
	control->control_len += op->cipher->iv_len;
}

static void run(struct op_args *control, const struct long_op *op)
{
	enum vcrypto_status expected = foretell(op);
	bool ok = expected == VCRYPTO_OK;
	struct vcrypto_response_header header;
	struct vcrypto_counters counters;
	uint32_t written;

	put_op(control, op);
	written = process(control, op, &header);
	CHECK(vcrypto_get32(header.status) == expected);
	CHECK(written == sizeof(header) + (ok ? op->dst_len + op->tag_len : 0));
	CHECK(vcrypto_get32(header.dst_len) == (ok ? op->dst_len : 0));
	CHECK(vcrypto_get16(header.mac_len) == (ok ? op->tag_len : 0));
	device.bytes_in += ok ? op->src_len : 0;
	device.bytes_out += ok ? op->dst_len : 0;
	vcrypto_engine_counters(device.engine, &counters);
	CHECK(vcrypto_get64(counters.bytes_in) == device.bytes_in);
	CHECK(vcrypto_get64(counters.bytes_out) == device.bytes_out);
}

void long_texts(struct input *in)
{
	static const struct vcrypto_limits limits = { 1, 8, VCRYPTO_MAX_PAYLOAD, VCRYPTO_MAX_AAD };
	static struct op_args control;
	struct long_op op;
	struct vcrypto_lane *lane;
	unsigned int ops;

	if (!device.engine) {
		device.payload = map(VCRYPTO_MAX_PAYLOAD + 65536);
		/* Its lane might have others on it, which the small one's has not. */
		lane = vcrypto_lane_init(map(vcrypto_lane_size(&idle_backend)), &idle_backend,
					 map(limits.payload + limits.aad),
					 limits.payload + limits.aad);
		device.engine = vcrypto_engine_init_on(
			map(vcrypto_engine_size_on(&limits, &idle_backend)), &limits, lane);
		CHECK(device.engine);
	}
	furnish(&control);
	for (ops = 1 + input_below(in, MAX_OPS); ops; ops--) {
		choose(&op, in);
		run(&control, &op);
	}
	vcrypto_engine_reset(device.engine);
	device.bytes_in = device.bytes_out = 0;
}
