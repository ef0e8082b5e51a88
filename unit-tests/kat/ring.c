// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Operations through the driver half, a simulated ring, an engine and a backend. */
#include <stdlib.h>

#include "ring.h"

struct ring {
	struct guest guest;
	struct ring_memory memory;
	struct message message;
	const struct vcrypto_backend *backend;
	uint64_t streams;	/* AEAD ciphers that can continue */
};

static bool backend_opens(const struct vcrypto_backend *backend,
			  const struct vcrypto_limits *limits)
{
	void *memory = kat_alloc(vcrypto_engine_size(limits, backend));
	struct vcrypto_engine *engine = vcrypto_engine_init(memory, limits, backend);

	if (engine)
		vcrypto_engine_fini(engine);
	free(memory);
	return engine;
}

/* What goes on in several requests is not in config space, so we ask the backend. */
static uint64_t find_streams(const struct vcrypto_backend *backend)
{
	struct vcrypto_capabilities capabilities = { 0 };
	void *provider = kat_alloc(backend->provider_size);

	if (backend->open(provider, &capabilities) && backend->close)
		backend->close(provider);
	free(provider);
	return capabilities.streams;
}

static void begin(struct ring *ring, enum cut cut)
{
	struct message *message = &ring->message;

	message->cut = cut;
	message->in.len = message->in.field_count = 0;
	message->in.payload = message->in.payload_len = 0;
	message->out.field_count = 0;
}

static void field(struct half *half, size_t len)
{
	if (!len)
		return;
	half->fields[half->field_count++] = half->len;
	half->len += len;
}

static void append(struct ring *ring, const void *from, size_t len)
{
	struct half *in = &ring->message.in;

	if (len)
		memcpy(in->bytes + in->len, from, len);
	field(in, len);
}

/* The fields of a control part that a builder has written: u16 and u32 as in wire.h. */
static void control_fields(struct ring *ring, const uint8_t *sizes, size_t count, size_t len)
{
	struct half *in = &ring->message.in;
	size_t i;

	for (i = 0; i < count; i++)
		field(in, sizes[i]);
	field(in, len - in->len);	/* keys, or the IV */
}

static void expect_fields(struct ring *ring, const struct vcrypto_expect *expect)
{
	static const uint8_t sizes[] = { 4, 4, 2, 2, 4 };
	struct half *out = &ring->message.out;
	size_t i;

	out->len = 0;
	for (i = 0; i < COUNT(sizes); i++)
		field(out, sizes[i]);
	out->payload = out->len;
	out->payload_len = expect->dst_len;
	field(out, expect->dst_len);
	field(out, expect->mac_len);
	field(out, expect->iv_len);
}

static int judge(struct ring *ring, uint32_t used_len, const struct vcrypto_expect *expect)
{
	const uint8_t *out = ring->message.out.bytes;
	struct vcrypto_response_header header;
	int status;
	size_t i;

	memcpy(&header, out, sizeof(header));
	status = vcrypto_check_response(&header, used_len, expect);
	if (status < 0)
		return transport_broken("a response that breaks the protocol (5.2)");
	for (i = 0; status == VCRYPTO_AUTH_FAILED && i < expect->dst_len; i++)
		if (out[sizeof(header) + i])
			return transport_broken("unverified plaintext was left (4.8)");
	return status;
}

/* Sends the message, lets the host answer it, reads it back. */
static int exchange(struct ring *ring, const struct vcrypto_expect *expect)
{
	struct message *message = &ring->message;
	struct sim_part all[2 * VCRYPTO_VRING_MAX];
	struct sim_used used;
	int head;

	expect_fields(ring, expect);
	if (!place_can(message))
		message->cut = CUT_WHOLE;
	place(&ring->memory, message);
	memcpy(all, message->in.pieces, message->in.piece_count * sizeof(*all));
	memcpy(all + message->in.piece_count, message->out.pieces,
	       message->out.piece_count * sizeof(*all));
	head = sim_chain(&ring->guest.ring, all,
			 message->in.piece_count + message->out.piece_count,
			 place_layout(message->cut), message);
	if (head < 0)
		sim_die("the ring is full");
	sim_publish(&ring->guest.ring, (uint16_t)head);
	host_serve(&ring->guest);
	if (!sim_collect(&ring->guest.ring, &used))
		return transport_broken(ring->guest.ring.error ? ring->guest.ring.error :
					"a request that was not answered");
	sim_set_used_event(&ring->guest.ring, ring->guest.ring.next_used);
	if (!place_back(&ring->memory, message))
		return transport_broken("bytes changed that are not the device's");
	return judge(ring, used.len, expect);
}

static struct vcrypto_message start(struct ring *ring, struct vcrypto_response_header *header)
{
	return (struct vcrypto_message){
		ring->message.in.bytes, RING_ARENA, 0, header, { 0, 0, 0, 0, false },
	};
}

static int ring_session_new(void *device, const struct session *session, enum cut cut)
{
	static const uint8_t sizes[] = { 2, 2, 4, 4, 4, 2, 2, 4, 4, 4 };
	const struct vcrypto_session_args args = {
		.cipher = session->cipher, .mac = session->mac,
		.cipher_key = session->key.at, .cipher_key_len = (uint32_t)session->key.len,
		.mac_key = session->mac_key.at, .mac_key_len = (uint32_t)session->mac_key.len,
	};
	struct vcrypto_response_header header;
	struct vcrypto_message request;
	struct ring *ring = device;
	int status = (int)vcrypto_check_session(&ring->guest.limits, &args);

	if (status != VCRYPTO_OK)
		return status;
	begin(ring, cut);
	request = start(ring, &header);
	if (!vcrypto_build_session_new(&request, &args))
		return transport_broken("the driver half refuses to build SESSION_NEW");
	control_fields(ring, sizes, COUNT(sizes), request.len);
	return exchange(ring, &request.expect);
}

static int simple(struct ring *ring, const struct vcrypto_message *request, bool built)
{
	static const uint8_t sizes[] = { 2, 2, 4, 4, 4 };

	if (!built)
		return transport_broken("the driver half refuses to build this");
	control_fields(ring, sizes, COUNT(sizes), request->len);
	return exchange(ring, &request->expect);
}

static int ring_session_free(void *device)
{
	struct vcrypto_response_header header;
	struct vcrypto_message request;
	struct ring *ring = device;

	begin(ring, CUT_FIELDS);
	request = start(ring, &header);
	return simple(ring, &request, vcrypto_build_session_free(&request, 0, 0));
}

static bool build_crypt(struct ring *ring, const struct op *op,
			struct vcrypto_message *request)
{
	static const uint8_t sizes[] = { 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2 };
	const struct vcrypto_crypt_args args = {
		.decrypt = op->decrypt, .reset = op->reset,
		.src_len = (uint32_t)op->len, .dst_len = op->dst ? (uint32_t)op->len : 0,
		.iv = op->iv, .iv_len = op->iv_len,
		.iv_out_len = op->iv_out_len, .mac_len = op->tag_len,
	};
	bool built = vcrypto_build_crypt(request, &args);

	control_fields(ring, sizes, COUNT(sizes), request->len);
	return built;
}

static bool build_authcrypt(struct ring *ring, const struct op *op,
			    struct vcrypto_message *request)
{
	static const uint8_t sizes[] = { 2, 2, 4, 4, 4, 2, 2, 2, 2, 4, 4, 4, 4, 8 };
	const struct vcrypto_authcrypt_args args = {
		.mode = VCRYPTO_AUTH_AEAD, .decrypt = op->decrypt, .more = op->more,
		.go_on = op->go_on, .iv = op->iv, .iv_len = op->iv_len, .tag_len = op->tag_len,
		.aad_len = (uint32_t)op->aad_len, .src_len = (uint32_t)op->len,
		.dst_len = (uint32_t)op->len, .message_len = op->message_len,
	};
	bool built = vcrypto_build_authcrypt(request, &args);

	control_fields(ring, sizes, COUNT(sizes), request->len);
	append(ring, op->aad, op->aad_len);
	return built;
}

static void take_results(struct ring *ring, const struct op *op,
			 const struct vcrypto_expect *expect)
{
	const uint8_t *at = ring->message.out.bytes + sizeof(struct vcrypto_response_header);

	if (expect->dst_len)
		memcpy(op->dst, at, expect->dst_len);
	at += expect->dst_len;
	if (expect->mac_len)
		memcpy(op->tag, at, expect->mac_len);
	at += expect->mac_len;
	if (expect->iv_len)
		memcpy(op->iv_out, at, expect->iv_len);
}

static int ring_op(void *device, const struct op *op)
{
	struct vcrypto_response_header header;
	struct vcrypto_message request;
	struct ring *ring = device;
	struct half *in = &ring->message.in;
	int status;

	begin(ring, op->cut);
	request = start(ring, &header);
	if (!(op->aead ? build_authcrypt : build_crypt)(ring, op, &request))
		return transport_broken("the driver half refuses to build this");
	in->payload = in->len;
	in->payload_len = op->len;
	append(ring, op->src, op->len);
	if (op->aead && op->decrypt && !op->more)
		append(ring, op->tag, op->tag_len);
	status = exchange(ring, &request.expect);
	if (status == VCRYPTO_OK)
		take_results(ring, op, &request.expect);
	return status;
}

static bool ring_can_continue(void *device, uint32_t cipher)
{
	return ((struct ring *)device)->streams & vcrypto_algorithm_bit(cipher);
}

static bool ring_offers(void *device, uint32_t cipher, uint32_t mac)
{
	const struct vcrypto_device_limits *limits = &((struct ring *)device)->guest.limits;

	return (!cipher || (limits->ciphers & vcrypto_algorithm_bit(cipher))) &&
		(!mac || (limits->macs & vcrypto_algorithm_bit(mac)));
}

static void ring_close(void *device)
{
	struct ring *ring = device;

	guest_stop(&ring->guest);
	free(ring->message.in.bytes);
	free(ring->message.out.bytes);
	free(ring);
}

static void *ring_open(const void *backend)
{
	struct guest_options options = guest_defaults(backend);
	struct vcrypto_response_header header;
	struct vcrypto_message request;
	struct ring *ring;

	options.limits.payload = RING_PAYLOAD;
	options.limits.aad = VCRYPTO_MAX_AAD;
	options.ring_size = VCRYPTO_VRING_MAX;
	if (!backend_opens(backend, &options.limits))
		return NULL;
	ring = kat_alloc(sizeof(*ring));
	guest_start_with(&ring->guest, &options);
	place_start(&ring->memory, &ring->guest.memory);
	ring->streams = find_streams(backend);
	ring->message.in.bytes = kat_alloc(RING_ARENA);
	ring->message.out.bytes = kat_alloc(RING_ARENA);
	begin(ring, CUT_FIELDS);
	request = start(ring, &header);
	if (simple(ring, &request, vcrypto_build_context_open(&request, 0)) != VCRYPTO_OK)
		sim_die("the device refuses a context");
	return ring;
}

static const enum cut ring_cuts[] = {
	CUT_WHOLE, CUT_BYTES, CUT_FIELDS, CUT_HEADER, CUT_PAGES, CUT_INDIRECT, CUT_MIXED,
	CUT_IN_PLACE, CUT_INTERLEAVED, CUT_OVERLAP, CUT_REQUESTS,
};

const struct transport ring_transport = {
	.cuts = ring_cuts,
	.cut_count = COUNT(ring_cuts),
	.longest = RING_PAYLOAD,
	.longest_aad = VCRYPTO_MAX_AAD,
	.returns_iv = true,
	.can_continue = ring_can_continue,
	.offers = ring_offers,
	.session_new = ring_session_new,
	.session_free = ring_session_free,
	.op = ring_op,
	.open = ring_open,
	.close = ring_close,
};
