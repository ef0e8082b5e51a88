// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The same operations as requests of the standard's crypto device (virtio 1.3, 5.9): in turn
 * with 72-byte heads, with REVISION_1, and stateless; with slack in both halves at times.
 */
#include <stdlib.h>

#include <vcrypto/virtio_crypto.h>

#include "ring.h"

#define MAX_SIZE (3u * RING_PAYLOAD)
#define SLACK 13

struct virtio {
	struct sim_memory guest;
	struct sim_ring ring;
	struct vcrypto_vring vring;
	struct ring_memory memory;
	struct message message;
	void *device_memory, *lane_memory, *bounce;
	struct vcrypto_lane *lane;
	struct vcrypto_virtio *device;
	uint64_t features;
	unsigned long turn;
	struct session session;		/* what is wanted; the keys are the vector's */
	/* What has been made for it, of each direction. */
	struct {
		bool live;
		uint16_t tag_len;
		uint64_t id;
	} made[2];
	uint8_t next_iv[VCRYPTO_MAX_IV];
};

static const uint64_t framings[] = {
	0, VCRYPTO_VIRTIO_F_REVISION_1,
	VCRYPTO_VIRTIO_F_REVISION_1 | VCRYPTO_VIRTIO_F_CIPHER_STATELESS |
	VCRYPTO_VIRTIO_F_HASH_STATELESS | VCRYPTO_VIRTIO_F_MAC_STATELESS |
	VCRYPTO_VIRTIO_F_AEAD_STATELESS,
};

/* --- the standard's numbers; 0: it has none --- */

static uint32_t cipher_number(uint32_t cipher)
{
	static const uint8_t numbers[] = {
		[VCRYPTO_CIPHER_ARC4] = 1, [VCRYPTO_CIPHER_AES_ECB] = 2,
		[VCRYPTO_CIPHER_AES_CBC] = 3, [VCRYPTO_CIPHER_AES_CTR] = 4,
		[VCRYPTO_CIPHER_DES_CBC] = 6, [VCRYPTO_CIPHER_3DES_CBC] = 8,
		[VCRYPTO_CIPHER_AES_XTS] = 13, [VCRYPTO_CIPHER_AES_GCM] = 1,
		[VCRYPTO_CIPHER_AES_CCM] = 2, [VCRYPTO_CIPHER_CHACHA20_POLY1305] = 3,
	};

	return cipher < COUNT(numbers) ? numbers[cipher] : 0;
}

static uint32_t mac_number(uint32_t mac)
{
	static const uint8_t hashes[] = {
		[VCRYPTO_MAC_MD5] = 1, [VCRYPTO_MAC_SHA1] = 2, [VCRYPTO_MAC_SHA2_224] = 3,
		[VCRYPTO_MAC_SHA2_256] = 4, [VCRYPTO_MAC_SHA2_384] = 5,
		[VCRYPTO_MAC_SHA2_512] = 6, [VCRYPTO_MAC_SHA3_224] = 7,
		[VCRYPTO_MAC_SHA3_256] = 8, [VCRYPTO_MAC_SHA3_384] = 9,
		[VCRYPTO_MAC_SHA3_512] = 10,
	};
	const struct vcrypto_mac *row = vcrypto_mac_find(mac);
	uint32_t number;

	if (mac == VCRYPTO_MAC_CMAC_AES)
		return 26;
	number = row && row->hash < COUNT(hashes) ? hashes[row->hash] : 0;
	/* Of the HMACs only those of the first six hashes have one. */
	return row && row->kind == VCRYPTO_KIND_HMAC && number > 6 ? 0 : number;
}

static bool can_say(uint32_t cipher, uint32_t mac)
{
	const struct vcrypto_cipher *row = vcrypto_cipher_find(cipher);

	if (cipher && mac && (row->max_unit || row->chaining == VCRYPTO_CHAIN_STATE))
		return false;
	return (!cipher || cipher_number(cipher)) && (!mac || mac_number(mac));
}

static bool virtio_offers(void *device, uint32_t cipher, uint32_t mac)
{
	const struct virtio *virtio = device;
	const struct vcrypto_capabilities *capabilities =
		vcrypto_lane_capabilities(virtio->lane);

	return (!cipher || (capabilities->ciphers & vcrypto_algorithm_bit(cipher))) &&
	       (!mac || (capabilities->macs & vcrypto_algorithm_bit(mac)));
}

static enum vcrypto_virtio_service service_of(const struct session *session)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(session->cipher);

	if (cipher)
		return cipher->tag_len ? VCRYPTO_VIRTIO_AEAD : VCRYPTO_VIRTIO_CIPHER;
	return vcrypto_mac_find(session->mac)->keyed ? VCRYPTO_VIRTIO_MAC : VCRYPTO_VIRTIO_HASH;
}

/* --- the two halves of a request --- */

static void field(struct half *half, size_t len)
{
	if (!len)
		return;
	half->fields[half->field_count++] = half->len;
	half->len += len;
}

static void append(struct virtio *virtio, const void *from, size_t len)
{
	struct half *in = &virtio->message.in;

	if (len)
		memcpy(in->bytes + in->len, from, len);
	field(in, len);
}

static void begin(struct virtio *virtio, enum cut cut, const uint8_t *head, size_t len)
{
	struct message *message = &virtio->message;
	size_t at;

	message->cut = cut;
	message->in.len = message->in.field_count = 0;
	message->in.payload = message->in.payload_len = 0;
	message->out.len = message->out.field_count = 0;
	message->out.payload = message->out.payload_len = 0;
	for (at = 0; at < len; at += 8)
		append(virtio, head + at, len - at < 8 ? len - at : 8);
}

/* Lets the device answer the message; the used length, or -1. */
static int64_t exchange(struct virtio *virtio,
			size_t (*process)(struct vcrypto_virtio *device,
					  struct vcrypto_io *chains, size_t count))
{
	static struct iovec segments[VCRYPTO_VRING_MAX + 64];
	struct vcrypto_chain chain = { segments, COUNT(segments), 0, 0, 0, 0 };
	struct message *message = &virtio->message;
	struct sim_part all[2 * VCRYPTO_VRING_MAX];
	struct vcrypto_io io = { 0 };
	struct sim_used used;
	int head;

	if (!place_can(message))
		message->cut = CUT_WHOLE;
	place(&virtio->memory, message);
	memcpy(all, message->in.pieces, message->in.piece_count * sizeof(*all));
	memcpy(all + message->in.piece_count, message->out.pieces,
	       message->out.piece_count * sizeof(*all));
	head = sim_chain(&virtio->ring, all, message->in.piece_count + message->out.piece_count,
			 place_layout(message->cut), message);
	if (head < 0)
		sim_die("the ring is full");
	sim_publish(&virtio->ring, (uint16_t)head);
	if (vcrypto_vring_pop(&virtio->vring, &chain) != VCRYPTO_VRING_READY)
		return transport_broken("the ring is broken");
	io.readable = chain.segments;
	io.readable_count = chain.readable;
	io.writable = chain.segments + chain.readable;
	io.writable_count = chain.writable;
	if (process(virtio->device, &io, 1) != 1)
		return transport_broken("a request that was not answered");
	vcrypto_vring_push(&virtio->vring, chain.head, io.written);
	if (!sim_collect(&virtio->ring, &used))
		return transport_broken(virtio->ring.error);
	if (!place_back(&virtio->memory, message))
		return transport_broken("bytes changed that are not the device's");
	return used.len;
}

/* The status as our own interface has it. */
static int status_of(uint32_t status)
{
	switch (status) {
	case VCRYPTO_VIRTIO_OK:
		return VCRYPTO_OK;
	case VCRYPTO_VIRTIO_BADMSG:
		return VCRYPTO_AUTH_FAILED;
	case VCRYPTO_VIRTIO_NOTSUPP:
		return VCRYPTO_NOT_SUPPORTED;
	default:
		return VCRYPTO_ERROR;
	}
}

/* --- sessions --- */

/* What both creation and a stateless request say. */
static struct vcrypto_virtio_numbers numbers_of(const struct session *session, bool decrypt,
						uint16_t tag_len)
{
	struct vcrypto_virtio_numbers numbers = {
		.algo = session->cipher ? cipher_number(session->cipher) :
					  mac_number(session->mac),
		.key_len = (uint32_t)session->key.len,
		.direction = decrypt ? VCRYPTO_VIRTIO_DIR_DECRYPT : VCRYPTO_VIRTIO_DIR_ENCRYPT,
		.op_type = session->mac ? VCRYPTO_VIRTIO_SYM_CHAIN : VCRYPTO_VIRTIO_SYM_CIPHER,
		/* A digest is of the plaintext. */
		.order = decrypt ? VCRYPTO_VIRTIO_CIPHER_THEN_HASH :
				   VCRYPTO_VIRTIO_HASH_THEN_CIPHER,
		.auth_algo = mac_number(session->mac),
		.auth_key_len = (uint32_t)session->mac_key.len,
		.result_len = tag_len,
	};

	numbers.hash_mode = session->mac && vcrypto_mac_find(session->mac)->keyed ?
				    VCRYPTO_VIRTIO_MODE_AUTH : VCRYPTO_VIRTIO_MODE_PLAIN;
	return numbers;
}

static void append_keys(struct virtio *virtio)
{
	append(virtio, virtio->session.key.at, virtio->session.key.len);
	append(virtio, virtio->session.mac_key.at, virtio->session.mac_key.len);
}

static int create(struct virtio *virtio, bool decrypt, uint16_t tag_len, enum cut cut)
{
	enum vcrypto_virtio_service service = service_of(&virtio->session);
	struct vcrypto_virtio_numbers numbers = numbers_of(&virtio->session, decrypt, tag_len);
	const uint8_t *reply = virtio->message.out.bytes;
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct vcrypto_le32 status;
	struct vcrypto_le64 id;

	begin(virtio, cut, head,
	      vcrypto_virtio_put_create(virtio->features, service, &numbers, head));
	append_keys(virtio);
	field(&virtio->message.out, sizeof(id));
	field(&virtio->message.out, VCRYPTO_VIRTIO_CREATE_REPLY - sizeof(id));
	if (exchange(virtio, vcrypto_virtio_control) != VCRYPTO_VIRTIO_CREATE_REPLY)
		return transport_broken("no reply to the making of a session");
	memcpy(&id, reply, sizeof(id));
	memcpy(&status, reply + sizeof(id), sizeof(status));
	/* Nothing else than the key can be wrong. */
	if (vcrypto_get32(status) == VCRYPTO_VIRTIO_ERR)
		return VCRYPTO_BAD_KEY;
	virtio->made[decrypt].live = vcrypto_get32(status) == VCRYPTO_VIRTIO_OK;
	virtio->made[decrypt].id = vcrypto_get64(id);
	virtio->made[decrypt].tag_len = tag_len;
	return status_of(vcrypto_get32(status));
}

static int destroy(struct virtio *virtio, bool decrypt)
{
	enum vcrypto_virtio_service service = service_of(&virtio->session);
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	if (!virtio->made[decrypt].live)
		return VCRYPTO_OK;
	virtio->made[decrypt].live = false;
	begin(virtio, CUT_FIELDS, head,
	      vcrypto_virtio_put_destroy(virtio->features, service, virtio->made[decrypt].id,
					 head));
	field(&virtio->message.out, VCRYPTO_VIRTIO_STATUS_REPLY);
	if (exchange(virtio, vcrypto_virtio_control) != VCRYPTO_VIRTIO_STATUS_REPLY)
		return transport_broken("no reply to the end of a session");
	return status_of(virtio->message.out.bytes[0]);
}

static int virtio_session_free(void *device)
{
	int status = destroy(device, false);

	return status == VCRYPTO_OK ? destroy(device, true) : status;
}

static int virtio_session_new(void *device, const struct session *session, enum cut cut)
{
	struct virtio *virtio = device;
	const struct vcrypto_mac *mac = vcrypto_mac_find(session->mac);

	virtio->features = framings[virtio->turn++ % COUNT(framings)];
	vcrypto_virtio_reset(virtio->device);
	vcrypto_virtio_negotiate(virtio->device, virtio->features);
	memset(virtio->made, 0, sizeof(virtio->made));
	virtio->session = *session;
	return create(virtio, false, mac ? mac->digest_len : 16, cut);
}

/* The session for @op, which is another if it decrypts or has another tag. */
static int find_session(struct virtio *virtio, const struct op *op)
{
	bool fits = virtio->made[op->decrypt].live &&
		    (!op->aead || virtio->made[op->decrypt].tag_len == op->tag_len) &&
		    /* Its key stream would go on. */
		    virtio->session.cipher != VCRYPTO_CIPHER_ARC4;
	int status = fits ? VCRYPTO_OK : destroy(virtio, op->decrypt);

	if (fits || status != VCRYPTO_OK)
		return status;
	return create(virtio, op->decrypt, op->tag_len ? op->tag_len : 16, op->cut);
}

/* --- data --- */

/* As a driver does it, because no device returns one. */
static void find_next_iv(struct virtio *virtio, const struct op *op, const uint8_t *iv)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(virtio->session.cipher);
	const uint8_t *ciphertext = op->decrypt ? op->src : virtio->message.out.bytes;
	uint64_t blocks = (op->len + 15) / 16;
	size_t i;

	if (!cipher || op->aead)
		return;
	memmove(virtio->next_iv, iv, cipher->iv_len);
	if (cipher->chaining == VCRYPTO_CHAIN_BLOCK && op->len >= cipher->iv_len)
		memcpy(virtio->next_iv, ciphertext + op->len - cipher->iv_len, cipher->iv_len);
	for (i = 16; cipher->chaining == VCRYPTO_CHAIN_COUNTER && i--; blocks >>= 8) {
		blocks += virtio->next_iv[i];
		virtio->next_iv[i] = (uint8_t)blocks;
	}
}

static void fill_numbers(const struct virtio *virtio, const struct op *op,
			 struct vcrypto_virtio_numbers *numbers)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(virtio->session.cipher);

	numbers->src_len = (uint32_t)op->len + (op->aead && op->decrypt ? op->tag_len : 0);
	numbers->dst_len = op->dst && cipher ? (uint32_t)op->len : 0;
	numbers->cipher_len = numbers->hash_len = (uint32_t)op->len;
	numbers->aad_len = op->aead ? (uint32_t)op->aad_len : 0;
	numbers->iv_len = cipher ? cipher->iv_len : 0;
	if (cipher && cipher->len_first)
		numbers->iv_len = 14u - op->iv[0];
}

/* The readable half. */
static void put_request(struct virtio *virtio, const struct op *op, bool stateless, const uint8_t *iv)
{
	struct vcrypto_virtio_data data = {
		.service = service_of(&virtio->session), .decrypt = op->decrypt,
		.stateless = stateless, .session = virtio->made[op->decrypt].id,
		.numbers = numbers_of(&virtio->session, op->decrypt, op->tag_len),
	};
	struct half *in = &virtio->message.in;
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	fill_numbers(virtio, op, &data.numbers);
	begin(virtio, op->cut, head, vcrypto_virtio_put_data(virtio->features, &data, head));
	if (stateless)
		append_keys(virtio);
	append(virtio, iv, data.numbers.iv_len);
	in->payload = in->len;
	in->payload_len = op->len;
	append(virtio, op->src, op->len);
	if (op->aead && op->decrypt)
		append(virtio, op->tag, op->tag_len);
	append(virtio, op->aad, data.numbers.aad_len);
}

/* @result_len bytes and @slack have come back: the status, or what is wrong. */
static int judge(struct virtio *virtio, const struct op *op, int64_t written, size_t dst_len,
		 size_t result_len, size_t slack)
{
	const uint8_t *out = virtio->message.out.bytes;
	int status = status_of(out[virtio->message.out.len - 1]);
	size_t want = result_len ? result_len + !slack : 1;
	size_t i;

	if (written != (int64_t)(status == VCRYPTO_OK ? want : 1))
		return transport_broken("another used length than what was written");
	for (i = result_len; i < result_len + slack; i++)
		if (out[i] != SIM_FILL)
			return transport_broken("bytes before the status changed");
	for (i = 0; status == VCRYPTO_AUTH_FAILED && i < dst_len; i++)
		if (out[i])
			return transport_broken("unverified plaintext was left");
	if (status != VCRYPTO_OK)
		return status;
	if (dst_len)
		memcpy(op->dst, out, dst_len);
	if (result_len > dst_len)
		memcpy(op->tag, out + dst_len, result_len - dst_len);
	return status;
}

static int virtio_op(void *device, const struct op *op)
{
	struct virtio *virtio = device;
	struct half *out = &virtio->message.out;
	bool stateless = virtio->features & VCRYPTO_VIRTIO_F_CIPHER_STATELESS && ++virtio->turn % 2;
	const uint8_t *iv = op->iv_len ? op->iv : virtio->next_iv;
	size_t slack = virtio->turn++ % 4 ? 0 : SLACK;
	size_t dst_len = op->dst ? op->len : 0;
	size_t tag_len = op->aead && op->decrypt ? 0 : op->tag_len;
	int64_t written;
	int status = stateless ? VCRYPTO_OK : find_session(virtio, op);

	if (status != VCRYPTO_OK)
		return status;
	put_request(virtio, op, stateless, iv + (op->aead && vcrypto_cipher_find(
		virtio->session.cipher)->len_first));
	append(virtio, virtio->message.in.bytes, slack);
	out->payload_len = dst_len;
	field(out, dst_len);
	field(out, tag_len);
	field(out, slack);
	field(out, 1);
	written = exchange(virtio, vcrypto_virtio_data);
	if (written < 0)
		return -1;
	status = judge(virtio, op, written, dst_len, dst_len + tag_len, slack);
	if (status != VCRYPTO_OK)
		return status;
	find_next_iv(virtio, op, iv);
	if (op->iv_out_len)
		memcpy(op->iv_out, virtio->next_iv, op->iv_out_len);
	return status;
}

/* --- the device --- */

static bool virtio_can_continue(void *device, uint32_t cipher)
{
	(void)device;
	(void)cipher;
	return false;
}

static void virtio_close(void *device)
{
	struct virtio *virtio = device;

	if (virtio->lane) {
		vcrypto_virtio_fini(virtio->device);
		vcrypto_lane_fini(virtio->lane);
		sim_ring_stop(&virtio->ring);
		sim_memory_stop(&virtio->guest);
	}
	free(virtio->device_memory);
	free(virtio->lane_memory);
	free(virtio->bounce);
	free(virtio->message.in.bytes);
	free(virtio->message.out.bytes);
	free(virtio);
}

static void *virtio_open(const void *what)
{
	static const struct vcrypto_virtio_limits limits = { 4, MAX_SIZE };
	const struct vcrypto_backend *backend = what;
	struct virtio *virtio = kat_alloc(sizeof(*virtio));

	virtio->lane_memory = kat_alloc(vcrypto_lane_size(backend));
	virtio->bounce = kat_alloc(MAX_SIZE);
	virtio->lane = vcrypto_lane_init(virtio->lane_memory, backend, virtio->bounce, MAX_SIZE);
	if (!virtio->lane) {
		virtio_close(virtio);
		return NULL;
	}
	virtio->device_memory = kat_alloc(vcrypto_virtio_size(&limits, backend));
	virtio->device = vcrypto_virtio_init(virtio->device_memory, &limits, virtio->lane, 1);
	sim_memory_start(&virtio->guest);
	sim_ring_start(&virtio->ring, &virtio->guest, VCRYPTO_VRING_MAX,
		       VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX, 0);
	place_start(&virtio->memory, &virtio->guest);
	if (!virtio->device || !vcrypto_vring_init(&virtio->vring, &virtio->guest.table,
						   &virtio->ring.setup))
		sim_die("no device, or no ring");
	virtio->message.in.bytes = kat_alloc(RING_ARENA);
	virtio->message.out.bytes = kat_alloc(RING_ARENA);
	return virtio;
}

static const enum cut virtio_cuts[] = {
	CUT_WHOLE, CUT_BYTES, CUT_FIELDS, CUT_HEADER, CUT_PAGES, CUT_INDIRECT, CUT_MIXED,
	CUT_IN_PLACE, CUT_INTERLEAVED, CUT_OVERLAP,
};

const struct transport virtio_transport = {
	.cuts = virtio_cuts,
	.cut_count = COUNT(virtio_cuts),
	.longest = RING_PAYLOAD,
	.longest_aad = VCRYPTO_MAX_AAD,
	.one_request = true,
	.can_say = can_say,
	.can_continue = virtio_can_continue,
	.offers = virtio_offers,
	.session_new = virtio_session_new,
	.session_free = virtio_session_free,
	.op = virtio_op,
	.open = virtio_open,
	.close = virtio_close,
};
