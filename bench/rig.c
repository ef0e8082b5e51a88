// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <vcrypto/backends.h>

#include "rig.h"

#define RING_SIZE (RIG_BATCH * RIG_PARTS)
#define GUEST_BASE 0x100000
#define CONTEXT 3
#define SESSION 5

/* Between allocations, so that buffers of a power of two do not all begin in the
 * same cache set. */
#define SPACING 64

void guest_init(struct guest *guest, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "cannot allocate %zu bytes of guest memory", size);
	guest->region = (struct vcrypto_region){ GUEST_BASE, size, memory };
	guest->memory = (struct vcrypto_memory){ &guest->region, 1 };
	guest->used = 0;
}

void *guest_alloc(struct guest *guest, size_t size)
{
	uint8_t *at = (uint8_t *)guest->region.host + guest->used;

	guest->used += (size + SPACING - 1) / SPACING * SPACING + SPACING;
	if (guest->used > guest->region.len)
		errx(1, "guest memory is too small");
	return at;
}

void guest_fini(struct guest *guest)
{
	munmap(guest->region.host, guest->region.len);
}

const struct vcrypto_backend *rig_backend(const char *name)
{
#define ROW(backend) &vcrypto_backend_##backend,
	static const struct vcrypto_backend *const backends[] = { VCRYPTO_BACKENDS(ROW) };
#undef ROW
	size_t i;

	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (!name || strcmp(backends[i]->name, name) == 0)
			return backends[i];
	errx(2, "no backend is named '%s'", name);
}

static uint64_t address(const struct guest *guest, const void *at)
{
	const uint8_t *base = guest->region.host;

	return guest->region.guest + (uint64_t)((const uint8_t *)at - base);
}

/* A request outside the ring: control part only, no result. */
static void request(struct rig *rig, const struct vcrypto_message *message, bool built)
{
	struct vcrypto_response_header header = { .status = vcrypto_put32(VCRYPTO_STATUS_UNSET) };
	struct iovec readable = { message->control, message->len };
	struct iovec writable = { &header, sizeof(header) };
	struct vcrypto_io io = { &readable, &writable, 1, 1, 0 };

	if (!built || vcrypto_process(rig->engine, &io, 1) != 1 || vcrypto_get32(header.status))
		errx(1, "the engine refused a session");
}

static void open_sessions(struct rig *rig, const struct work *work)
{
	struct vcrypto_session_args args = {
		.context = CONTEXT, .cipher = work->cipher, .mac = work->mac,
		.cipher_key = work->key, .cipher_key_len = work->key_len,
		.mac_key = work->mac_key, .mac_key_len = work->mac_key_len,
	};
	struct vcrypto_response_header header;
	uint8_t control[VCRYPTO_MAX_CONTROL], key[sizeof(work->key)];
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};
	size_t i;

	request(rig, &message, vcrypto_build_context_open(&message, CONTEXT));
	memcpy(key, work->key, sizeof(key));
	args.cipher_key = key;
	for (i = 0; i < work->sessions; i++) {
		key[0] = (uint8_t)(work->key[0] + i);
		args.session = (uint32_t)(SESSION + i);
		request(rig, &message, vcrypto_build_session_new(&message, &args));
	}
}

static void open_engine(struct rig *rig, const struct vcrypto_backend *backend)
{
	struct vcrypto_limits limits = VCRYPTO_LIMITS_DEFAULT;
	size_t size = vcrypto_engine_size(&limits, backend);

	rig->engine_memory = calloc(1, size);
	if (!rig->engine_memory)
		err(1, "cannot allocate %zu bytes for an engine", size);
	rig->engine = vcrypto_engine_init(rig->engine_memory, &limits, backend);
	if (!rig->engine)
		errx(1, "backend %s does not open", backend->name);
}

static void open_ring(struct rig *rig)
{
	struct vcrypto_vring_setup setup = { .size = RING_SIZE };

	rig->desc = guest_alloc(rig->guest, vcrypto_vring_desc_bytes(RING_SIZE));
	rig->avail = guest_alloc(rig->guest, vcrypto_vring_avail_bytes(RING_SIZE));
	rig->used = guest_alloc(rig->guest, vcrypto_vring_used_bytes(RING_SIZE));
	setup.desc = address(rig->guest, rig->desc);
	setup.avail = address(rig->guest, rig->avail);
	setup.used = address(rig->guest, rig->used);
	setup.features = VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX;
	if (!vcrypto_vring_init(&rig->ring, &rig->guest->memory, &setup))
		errx(1, "the ring refuses its setup");
}

void rig_init(struct rig *rig, struct guest *guest, const struct vcrypto_backend *backend,
	      const struct work *work, bool indirect)
{
	memset(rig, 0, sizeof(*rig));
	rig->guest = guest;
	rig->indirect = indirect;
	rig->batch.segments = rig->segments;
	rig->batch.capacity = RIG_PARTS;
	open_engine(rig, backend);
	open_sessions(rig, work);
	open_ring(rig);
	rig->tables = guest_alloc(guest, RIG_BATCH * sizeof(*rig->tables));
	rig->controls = guest_alloc(guest, RIG_BATCH * sizeof(*rig->controls));
	rig->headers = guest_alloc(guest, RIG_BATCH * sizeof(*rig->headers));
}

void rig_fini(struct rig *rig)
{
	vcrypto_engine_fini(rig->engine);
	free(rig->engine_memory);
}

static bool is_record(const struct work *work)
{
	return work->cipher && vcrypto_cipher_find(work->cipher)->kind == VCRYPTO_KIND_RECORD;
}

static bool is_aead(const struct work *work)
{
	return work->cipher && vcrypto_cipher_find(work->cipher)->kind == VCRYPTO_KIND_AEAD;
}

/* Of the record that @size bytes of content become. */
static uint32_t record_len(const struct work *work, uint32_t size, uint16_t *mac_len)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(work->cipher);

	*mac_len = vcrypto_mac_find(cipher->record_mac)->digest_len;
	return (uint32_t)vcrypto_record_len(size, *mac_len, cipher->block);
}

static bool build_crypt(struct vcrypto_message *message, const struct work *work,
			uint32_t session, uint32_t size)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(work->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(work->mac);
	struct vcrypto_crypt_args args = {
		.context = CONTEXT, .session = session, .decrypt = work->decrypt,
		.src_len = size, .dst_len = cipher ? size : 0, .iv = work->iv,
		.iv_len = cipher ? cipher->iv_len : mac->iv_len,
		.mac_len = mac ? mac->digest_len : 0,
	};

	return vcrypto_build_crypt(message, &args);
}

static bool build_authcrypt(struct vcrypto_message *message, const struct work *work,
			    uint32_t session, uint32_t size)
{
	struct vcrypto_authcrypt_args args = {
		.context = CONTEXT, .session = session, .decrypt = work->decrypt,
		.mode = VCRYPTO_AUTH_AEAD, .src_len = size, .dst_len = size, .iv = work->iv,
		.iv_len = vcrypto_cipher_find(work->cipher)->iv_len, .tag_len = 16,
	};

	if (is_record(work)) {
		args.mode = VCRYPTO_AUTH_TLS;
		args.dst_len = record_len(work, size, &args.tag_len);
		args.src_len = work->decrypt ? args.dst_len : size;
	}
	return vcrypto_build_authcrypt(message, &args);
}

static void build(struct rig *rig, size_t i, const struct work *work, uint32_t size,
		  struct vcrypto_message *message)
{
	uint32_t session = (uint32_t)(SESSION + i % work->sessions);
	bool built = is_aead(work) || is_record(work) ?
		build_authcrypt(message, work, session, size) :
		build_crypt(message, work, session, size);

	if (!built)
		errx(1, "a request cannot be built");
	rig->expect = message->expect;
}

static struct vcrypto_desc part(const struct guest *guest, const void *at, size_t len,
				unsigned int flags, size_t next)
{
	return (struct vcrypto_desc){
		.addr = vcrypto_put64(address(guest, at)),
		.len = vcrypto_put32((uint32_t)len),
		.flags = vcrypto_put16((uint16_t)flags),
		.next = vcrypto_put16((uint16_t)next),
	};
}

/* Bytes of source, and whatever comes behind it. */
static size_t source_len(const struct work *work, uint32_t size)
{
	uint16_t mac_len;

	if (!work->decrypt)
		return size;
	return is_record(work) ? record_len(work, size, &mac_len) : size + (is_aead(work) ? 16u : 0);
}

/* Chain i, in the ring at @first or in a table of its own. */
static void lay_chain(struct rig *rig, size_t i, const struct work *work,
		      const struct payload *payload, struct vcrypto_desc *desc, size_t first)
{
	struct vcrypto_message message = {
		.control = rig->controls[i], .size = sizeof(rig->controls[i]),
		.header = &rig->headers[i],
	};
	const struct guest *guest = rig->guest;

	build(rig, i, work, payload->size, &message);
	desc[0] = part(guest, rig->controls[i], message.len, VCRYPTO_DESC_NEXT, first + 1);
	desc[1] = part(guest, payload->src[i], source_len(work, payload->size),
		       VCRYPTO_DESC_NEXT, first + 2);
	desc[2] = part(guest, &rig->headers[i], sizeof(rig->headers[i]),
		       VCRYPTO_DESC_NEXT | VCRYPTO_DESC_WRITE, first + 3);
	desc[3] = part(guest, payload->dst[i],
		       (size_t)message.expect.dst_len + message.expect.mac_len,
		       VCRYPTO_DESC_WRITE, 0);
}

void rig_lay(struct rig *rig, const struct work *work, const struct payload *payload)
{
	size_t head, i;

	for (i = 0; i < RIG_BATCH; i++) {
		head = i * RIG_PARTS;
		if (!rig->indirect) {
			lay_chain(rig, i, work, payload, &rig->desc[head], head);
			continue;
		}
		lay_chain(rig, i, work, payload, rig->tables[i], 0);
		rig->desc[head] = part(rig->guest, rig->tables[i], sizeof(rig->tables[i]),
				       VCRYPTO_DESC_INDIRECT, 0);
	}
}

void rig_prepare(struct rig *rig, const struct work *work, const struct payload *payload)
{
	struct work encrypt = *work;
	size_t i;

	encrypt.decrypt = false;
	rig_lay(rig, &encrypt, payload);
	rig_run(rig, RIG_BATCH);
	for (i = 0; i < RIG_BATCH; i++)
		memcpy(payload->src[i], payload->dst[i], payload->size + RIG_ROOM);
}

bool rig_offers(const struct vcrypto_backend *backend, const struct work *work)
{
	struct rig rig = { .guest = NULL };
	struct vcrypto_config config;
	bool offers;

	open_engine(&rig, backend);
	vcrypto_engine_config(rig.engine, 1, &config);
	offers = vcrypto_check_algorithms(vcrypto_get64(config.ciphers),
					  vcrypto_get64(config.macs), work->cipher, work->mac,
					  work->key_len, work->mac_key_len) == VCRYPTO_OK;
	rig_fini(&rig);
	return offers;
}

/* The rings as the driver sees them: flags, index, entries. */
static void make_available(struct rig *rig, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		uint16_t *entry = &rig->avail[2 + rig->next_avail++ % RING_SIZE];

		rig->headers[i].status = vcrypto_put32(VCRYPTO_STATUS_UNSET);
		*entry = vcrypto_swap16((uint16_t)(i * RIG_PARTS));
	}
	vcrypto_store_release16(&rig->avail[1], vcrypto_swap16(rig->next_avail));
}

static void judge(struct rig *rig, size_t count)
{
	const struct vcrypto_used_elem *elems = (const void *)(rig->used + 2);
	uint16_t done = vcrypto_swap16(vcrypto_load_acquire16(&rig->used[1]));

	if ((uint16_t)(done - rig->next_used) != count)
		errx(1, "the ring lost requests");
	while (rig->next_used != done) {
		const struct vcrypto_used_elem *elem = &elems[rig->next_used++ % RING_SIZE];
		struct vcrypto_response_header header =
			rig->headers[vcrypto_get32(elem->id) / RIG_PARTS];

		if (vcrypto_check_response(&header, vcrypto_get32(elem->len), &rig->expect))
			errx(1, "a request failed");
	}
}

/* A batch on the device's side. */
struct device_batch {
	struct vcrypto_chain chains[RIG_BATCH];
	struct iovec segments[RIG_BATCH][RIG_PARTS];
};

static void pop(struct rig *rig, struct device_batch *batch, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		batch->chains[i].segments = batch->segments[i];
		batch->chains[i].capacity = RIG_PARTS;
		if (vcrypto_vring_pop(&rig->ring, &batch->chains[i]) != VCRYPTO_VRING_READY)
			errx(1, "the ring refuses a chain");
	}
}

void rig_run(struct rig *rig, size_t count)
{
	struct vcrypto_batch *batch = &rig->batch;

	make_available(rig, count);
	batch->chains = count;
	if (vcrypto_serve(rig->engine, &rig->ring, batch) != count || batch->answered != count)
		errx(1, "the ring refuses a chain");
	vcrypto_vring_should_interrupt(&rig->ring);
	if (vcrypto_vring_enable_notify(&rig->ring))
		errx(1, "the ring invents requests");
	judge(rig, count);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void decode(struct rig *rig, const struct device_batch *batch,
		   struct vcrypto_request *requests, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct vcrypto_chain *chain = &batch->chains[i];

		if (!vcrypto_decode(rig->engine,
				    vcrypto_cursor_start(chain->segments, chain->readable),
				    vcrypto_cursor_start(chain->segments + chain->readable,
							 chain->writable),
				    &requests[i]))
			errx(1, "a request cannot be answered");
	}
}

static void push(struct rig *rig, const struct device_batch *batch, const uint32_t *written,
		 size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		vcrypto_vring_push(&rig->ring, batch->chains[i].head, written[i]);
	vcrypto_vring_should_interrupt(&rig->ring);
	if (vcrypto_vring_enable_notify(&rig->ring))
		errx(1, "the ring invents requests");
}

void rig_run_in_stages(struct rig *rig, size_t count, uint64_t spent[STAGE_COUNT])
{
	static struct vcrypto_request requests[RIG_BATCH];
	struct device_batch batch;
	uint32_t written[RIG_BATCH];
	uint64_t at[STAGE_COUNT + 2];
	size_t i;

	at[0] = now();
	make_available(rig, count);
	at[1] = now();
	pop(rig, &batch, count);
	at[2] = now();
	decode(rig, &batch, requests, count);
	at[3] = now();
	vcrypto_execute(rig->engine, requests, count);
	at[4] = now();
	for (i = 0; i < count; i++)
		written[i] = vcrypto_encode(rig->engine, &requests[i]);
	at[5] = now();
	push(rig, &batch, written, count);
	at[6] = now();
	judge(rig, count);
	at[7] = now();
	for (i = 0; i < STAGE_COUNT; i++)
		spent[i] += at[i + 1] - at[i];
	spent[STAGE_DRIVER] += at[7] - at[6];
}
