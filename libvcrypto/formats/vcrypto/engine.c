// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The engine's life, and the three steps put together. */
#include "../../core/internal.h"

/* Where the parts of an engine lie in its memory; offsets in bytes. */
struct layout {
	size_t requests;
	size_t provider;
	size_t contexts;
	size_t sessions;
	size_t session_objects;
	size_t session_stride;
	size_t staging;
	size_t total;
};

static size_t align(size_t size)
{
	return (size + VCRYPTO_ALIGNMENT - 1) / VCRYPTO_ALIGNMENT * VCRYPTO_ALIGNMENT;
}

static bool limits_ok(const struct vcrypto_limits *limits)
{
	return limits->contexts >= 1 && limits->contexts <= VCRYPTO_MAX_CONTEXTS &&
	       limits->sessions >= 1 && limits->sessions <= VCRYPTO_MAX_SESSIONS &&
	       limits->payload >= VCRYPTO_MIN_PAYLOAD && limits->payload <= VCRYPTO_MAX_PAYLOAD &&
	       limits->aad <= VCRYPTO_MAX_AAD;
}

/* The sums cannot overflow: every factor is bounded by limits_ok(). */
static struct layout layout_of(const struct vcrypto_limits *limits,
			       const struct vcrypto_backend *backend)
{
	struct layout layout;

	layout.session_stride = align(backend->session_size);
	layout.requests = align(sizeof(struct vcrypto_engine));
	layout.provider = layout.requests + align(VCRYPTO_BATCH * sizeof(struct vcrypto_request));
	layout.contexts = layout.provider + align(backend->provider_size);
	layout.sessions = layout.contexts + align(limits->contexts * sizeof(struct context));
	layout.session_objects = layout.sessions + align(limits->sessions * sizeof(struct session));
	layout.staging = layout.session_objects + limits->sessions * layout.session_stride;
	layout.total = layout.staging + align((size_t)limits->payload + limits->aad);
	return layout;
}

size_t vcrypto_engine_size(const struct vcrypto_limits *limits,
			   const struct vcrypto_backend *backend)
{
	return limits_ok(limits) ? layout_of(limits, backend).total : 0;
}

/* Whether @offer has what a TLS record cipher is put together of. */
static bool has_parts(const struct vcrypto_offer *offer, const struct vcrypto_cipher *record)
{
	return (offer->ciphers & vcrypto_algorithm_bit(record->record_cipher)) &&
	       (offer->macs & vcrypto_algorithm_bit(record->record_mac));
}

/* What is left of @offer, or follows from it. */
static uint64_t supported_ciphers(const struct vcrypto_offer *offer)
{
	const struct vcrypto_cipher *cipher;
	uint64_t supported = 0;
	uint32_t id;

	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		if (cipher->record_mac ? has_parts(offer, cipher) :
					 (offer->ciphers & vcrypto_algorithm_bit(id)) != 0)
			supported |= vcrypto_algorithm_bit(id);
	return supported;
}

static uint64_t supported_macs(void)
{
	uint64_t supported = 0;
	uint32_t id;

	for (id = 1; id < 2 * VCRYPTO_HMAC; id++)
		if (vcrypto_mac_find(id))
			supported |= vcrypto_algorithm_bit(id);
	return supported;
}

struct vcrypto_engine *vcrypto_engine_init(void *memory, const struct vcrypto_limits *limits,
					   const struct vcrypto_backend *backend)
{
	struct vcrypto_engine *engine = memory;
	uint8_t *base = memory;
	struct layout layout;

	if ((uintptr_t)memory % VCRYPTO_ALIGNMENT || !limits_ok(limits))
		return NULL;
	layout = layout_of(limits, backend);
	engine->limits = *limits;
	engine->backend = backend;
	engine->size = layout.total;
	engine->session_stride = layout.session_stride;
	engine->contexts = (struct context *)(void *)(base + layout.contexts);
	engine->sessions = (struct session *)(void *)(base + layout.sessions);
	engine->requests = (struct vcrypto_request *)(void *)(base + layout.requests);
	engine->provider = base + layout.provider;
	engine->session_objects = base + layout.session_objects;
	engine->staging.memory = base + layout.staging;
	if (!backend->open(engine->provider, &engine->offer))
		return NULL;
	engine->offer.macs &= supported_macs();
	engine->offer.ciphers = supported_ciphers(&engine->offer);
	return engine;
}

void vcrypto_engine_reset(struct vcrypto_engine *engine)
{
	vcrypto_sessions_reset(engine);
	engine->batch.count = 0;
	engine->answered = 0;
	engine->failures = 0;
	engine->crypt_requests = 0;
	engine->bytes_in = 0;
	engine->bytes_out = 0;
	engine->sessions_created = 0;
}

void *vcrypto_engine_idle_memory(struct vcrypto_engine *engine, size_t *len)
{
	uint8_t *end = (uint8_t *)engine + engine->size;

	*len = (size_t)(end - (uint8_t *)engine->contexts);
	return engine->contexts;
}

void vcrypto_engine_fini(struct vcrypto_engine *engine)
{
	vcrypto_engine_reset(engine);
	if (engine->backend->close)
		engine->backend->close(engine->provider);
	/* Staging, sessions and their objects were wiped when they went out of use. */
	vcrypto_wipe(engine->contexts, engine->limits.contexts * sizeof(struct context));
	vcrypto_wipe(engine->provider, engine->backend->provider_size);
	vcrypto_wipe(engine->requests, VCRYPTO_BATCH * sizeof(struct vcrypto_request));
	vcrypto_wipe(engine, sizeof(*engine));
}

void vcrypto_engine_config(const struct vcrypto_engine *engine, uint32_t queues,
			   struct vcrypto_config *config)
{
	const char *name = engine->backend->name;
	size_t i;

	memset(config, 0, sizeof(*config));
	config->version = vcrypto_put16(VCRYPTO_WIRE_VERSION);
	config->queues = vcrypto_put32(queues);
	config->max_contexts = vcrypto_put32(engine->limits.contexts);
	config->max_sessions = vcrypto_put32(engine->limits.sessions);
	config->max_cipher_key = vcrypto_put32(VCRYPTO_MAX_CIPHER_KEY);
	config->max_mac_key = vcrypto_put32(VCRYPTO_MAX_MAC_KEY);
	config->max_payload = vcrypto_put32(engine->limits.payload);
	config->max_aad = vcrypto_put32(engine->limits.aad);
	config->ciphers = vcrypto_put64(engine->offer.ciphers);
	config->macs = vcrypto_put64(engine->offer.macs);
	for (i = 0; name[i] && i < sizeof(config->backend) - 1; i++)
		config->backend[i] = name[i];
}

void vcrypto_engine_counters(const struct vcrypto_engine *engine,
			     struct vcrypto_counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	counters->requests = vcrypto_put64(engine->answered);
	counters->failures = vcrypto_put64(engine->failures);
	counters->crypt_requests = vcrypto_put64(engine->crypt_requests);
	counters->bytes_in = vcrypto_put64(engine->bytes_in);
	counters->bytes_out = vcrypto_put64(engine->bytes_out);
	counters->sessions_created = vcrypto_put64(engine->sessions_created);
	counters->contexts = vcrypto_put32(engine->open_contexts);
	counters->sessions = vcrypto_put32(engine->live_sessions);
}

static enum vcrypto_status control(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	switch (request->op) {
	case VCRYPTO_OP_CONTEXT_OPEN:
		return vcrypto_context_open(engine, request->context);
	case VCRYPTO_OP_CONTEXT_CLOSE:
		return vcrypto_context_close(engine, request->context);
	case VCRYPTO_OP_SESSION_NEW:
		return vcrypto_session_new(engine, request);
	case VCRYPTO_OP_SESSION_FREE:
		return vcrypto_session_free(engine, request->context, request->session);
	case VCRYPTO_OP_SESSION_INFO:
		return vcrypto_session_describe(engine, request->context, request->session,
						&request->u.info);
	case VCRYPTO_OP_HASH_COPY:
		return vcrypto_session_copy(engine, request->context, request->session,
					    request->u.hash_copy.source);
	case VCRYPTO_OP_COUNTERS:
		vcrypto_engine_counters(engine, &request->u.counters);
		return VCRYPTO_OK;
	default:
		return VCRYPTO_ERROR;
	}
}

void vcrypto_execute(struct vcrypto_engine *engine, struct vcrypto_request *requests,
		     size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (requests[i].status != VCRYPTO_OK)
			continue;
		if (requests[i].op == VCRYPTO_OP_CRYPT || requests[i].op == VCRYPTO_OP_AUTHCRYPT) {
			vcrypto_crypt_add(engine, &requests[i]);
			continue;
		}
		vcrypto_crypt_flush(engine);
		requests[i].status = control(engine, &requests[i]);
	}
	vcrypto_crypt_flush(engine);
}

/* vcrypto_cursor_start(), without a copy of the result. */
static void start(struct vcrypto_cursor *cursor, const struct iovec *segments, size_t count)
{
	size_t i;

	cursor->segment = segments;
	cursor->offset = 0;
	cursor->left = 0;
	for (i = 0; i < count; i++)
		cursor->left += segments[i].iov_len;
}

size_t vcrypto_process(struct vcrypto_engine *engine, struct vcrypto_io *chains, size_t count)
{
	struct vcrypto_request *requests = engine->requests;
	size_t answered = 0;
	size_t done, n, i;

	for (done = 0; done < count; done += n) {
		struct vcrypto_io *io = chains + done;

		n = count - done < VCRYPTO_BATCH ? count - done : VCRYPTO_BATCH;
		for (i = 0; i < n; i++) {
			start(&requests[i].input, io[i].readable, io[i].readable_count);
			start(&requests[i].output, io[i].writable, io[i].writable_count);
			io[i].written = vcrypto_decode_in_place(engine, &requests[i]);
			if (!io[i].written)
				requests[i].status = VCRYPTO_BAD_REQUEST;
		}
		vcrypto_execute(engine, requests, n);
		for (i = 0; i < n; i++) {
			if (!io[i].written)
				continue;
			io[i].written = vcrypto_encode(engine, &requests[i]);
			answered++;
		}
	}
	return answered;
}
