// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A guest with one queue. */
#include <stdlib.h>

#include "guest.h"

/* Pieces of one chain, at most: an indirect table as long as the largest ring. */
#define MAX_PARTS VCRYPTO_VRING_MAX

struct guest_options guest_defaults(const struct vcrypto_backend *backend)
{
	return (struct guest_options){
		.backend = backend,
		.limits = { .contexts = 8, .sessions = 16, .payload = 65536, .aad = 4096 },
		.ring_size = 256,
		.features = VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX,
	};
}

void guest_start(struct guest *guest, const struct vcrypto_backend *backend)
{
	struct guest_options options = guest_defaults(backend);

	guest_start_with(guest, &options);
}

static void start_ring(struct guest *guest)
{
	sim_ring_start(&guest->ring, &guest->memory, guest->options.ring_size,
		       guest->options.features, guest->options.first_index);
	if (!vcrypto_vring_init(&guest->vring, &guest->memory.table, &guest->ring.setup))
		sim_die("the device refuses the ring");
}

/* calloc() aligns to 16, VCRYPTO_ALIGNMENT. */
static void start_engine(struct guest *guest)
{
	const struct guest_options *options = &guest->options;

	if (options->lane) {
		guest->engine_memory = calloc(1, vcrypto_engine_size_on(&options->limits,
									options->backend));
		guest->engine = vcrypto_engine_init_on(guest->engine_memory, &options->limits,
						       options->lane);
	} else {
		guest->engine_memory = calloc(1, vcrypto_engine_size(&options->limits,
								     options->backend));
		guest->engine = vcrypto_engine_init(guest->engine_memory, &options->limits,
						    options->backend);
	}
	if (!guest->engine)
		sim_die("no engine");
}

void guest_start_with(struct guest *guest, const struct guest_options *options)
{
	struct vcrypto_config config;

	memset(guest, 0, sizeof(*guest));
	guest->options = *options;
	guest->batch = GUEST_BATCH;
	start_engine(guest);
	vcrypto_engine_config(guest->engine, 1, &config);
	if (!vcrypto_check_config(&config, &guest->limits))
		sim_die("the driver refuses the device");
	sim_memory_start(&guest->memory);
	start_ring(guest);
}

void guest_forget(struct guest *guest, struct guest_call *call)
{
	struct guest_call **at = &guest->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	sim_free(&guest->memory, &call->control);
	sim_free(&guest->memory, &call->source);
	sim_free(&guest->memory, &call->header);
	sim_free(&guest->memory, &call->result);
	free(call->sent);
	free(call);
}

void guest_stop(struct guest *guest)
{
	while (guest->calls)
		guest_forget(guest, guest->calls);
	if (guest->engine)
		vcrypto_engine_fini(guest->engine);
	free(guest->engine_memory);
	free(guest->work);
	sim_ring_stop(&guest->ring);
	sim_memory_stop(&guest->memory);
}

void guest_reset(struct guest *guest)
{
	struct guest_call *call;

	vcrypto_engine_reset(guest->engine);
	for (call = guest->calls; call; call = call->next)
		call->head = -1;
	sim_ring_stop(&guest->ring);
	start_ring(guest);
}

static struct sim_buffer copy_in(struct guest *guest, const void *bytes, size_t len)
{
	struct sim_buffer buffer = sim_alloc(&guest->memory, len);

	if (len)
		memcpy(buffer.host, bytes, len);
	return buffer;
}

static struct guest_call *new_call(struct guest *guest, const void *control, size_t control_len,
				   const void *source, size_t source_len)
{
	struct guest_call *call = calloc(1, sizeof(*call));

	if (!call)
		sim_die("out of memory");
	call->sent = malloc(control_len + source_len + 1);
	if (!call->sent)
		sim_die("out of memory");
	call->control = copy_in(guest, control, control_len);
	call->source = copy_in(guest, source, source_len);
	if (control_len)
		memcpy(call->sent, control, control_len);
	if (source_len)
		memcpy(call->sent + control_len, source, source_len);
	call->next = guest->calls;
	guest->calls = call;
	call->status = GUEST_PENDING;
	return call;
}

/* Lays the chain out and makes it available. */
static struct guest_call *post(struct guest *guest, struct guest_call *call)
{
	const struct sim_part parts[] = {
		sim_readable(call->control), sim_readable(call->source),
		sim_writable(call->header), sim_writable(call->result),
	};
	struct sim_part pieces[MAX_PARTS];
	size_t count = sim_cut(parts, 4, guest->cut ? guest->cut : UINT32_MAX, pieces, MAX_PARTS);

	if (count > MAX_PARTS)
		sim_die("a chain of too many pieces");
	call->head = sim_chain(&guest->ring, pieces, count, guest->layout, call);
	if (call->head < 0)
		sim_die("the ring is full");
	sim_publish(&guest->ring, (uint16_t)call->head);
	return call;
}

/* A request that vcrypto_build_...() has made; or has not, if it is not @built. */
static struct guest_call *send(struct guest *guest, const struct vcrypto_message *message,
			       bool built, const void *source, size_t source_len)
{
	const struct vcrypto_expect *expect = &message->expect;
	struct guest_call *call;

	if (!built)
		sim_die("the driver half refuses to build this");
	call = new_call(guest, message->control, message->len, source, source_len);
	call->expect = *expect;
	call->header = copy_in(guest, message->header, sizeof(*message->header));
	call->result = sim_alloc(&guest->memory, (size_t)expect->dst_len + expect->mac_len +
				 expect->iv_len);
	return post(guest, call);
}

struct guest_call *guest_open(struct guest *guest, uint32_t context)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_context_open(&message, context), NULL, 0);
}

struct guest_call *guest_close(struct guest *guest, uint32_t context)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_context_close(&message, context), NULL, 0);
}

struct guest_call *guest_session(struct guest *guest, const struct vcrypto_session_args *args)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_session_new(&message, args), NULL, 0);
}

struct guest_call *guest_free(struct guest *guest, uint32_t context, uint32_t session)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_session_free(&message, context, session), NULL, 0);
}

struct guest_call *guest_info(struct guest *guest, uint32_t context, uint32_t session)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_session_info(&message, context, session), NULL, 0);
}

struct guest_call *guest_hash_copy(struct guest *guest, uint32_t context, uint32_t to,
				   uint32_t from)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_hash_copy(&message, context, to, from), NULL, 0);
}

struct guest_call *guest_crypt(struct guest *guest, const struct vcrypto_crypt_args *args,
			       const void *source)
{
	uint8_t control[VCRYPTO_MAX_CRYPT_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_crypt(&message, args), source,
		    source ? args->src_len : 0);
}

static void append(struct sim_buffer *to, const void *from, size_t len)
{
	struct sim_buffer at = sim_take(to, len);

	if (len)
		memcpy(at.host, from, len);
}

struct guest_call *guest_authcrypt(struct guest *guest, const struct vcrypto_authcrypt_args *args,
				   const void *aad, const void *source, const void *trailer,
				   const void *tag)
{
	size_t tag_len = vcrypto_sends_tag(args) ? args->tag_len : 0;
	size_t all = (size_t)args->aad_len + args->src_len + args->trailer_len + tag_len;
	uint8_t control[VCRYPTO_MAX_AUTHCRYPT_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };
	bool built = vcrypto_build_authcrypt(&message, args);
	uint8_t *rest = malloc(all + 1);
	struct sim_buffer at = { 0, rest, all };
	struct guest_call *call;

	if (!rest)
		sim_die("out of memory");
	append(&at, aad, args->aad_len);
	append(&at, source, args->src_len);
	append(&at, trailer, args->trailer_len);
	append(&at, tag, tag_len);
	call = send(guest, &message, built, rest, all);
	free(rest);
	return call;
}

struct guest_call *guest_counters(struct guest *guest)
{
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { control, sizeof(control), 0, &header, { 0, 0, 0, 0, false } };

	return send(guest, &message, vcrypto_build_counters(&message), NULL, 0);
}

struct guest_call *guest_raw(struct guest *guest, const void *readable, size_t len,
			     size_t writable, const struct vcrypto_expect *expect)
{
	size_t header = writable < sizeof(struct vcrypto_response_header) ?
		writable : sizeof(struct vcrypto_response_header);
	struct guest_call *call = new_call(guest, readable, len, NULL, 0);

	if (expect)
		call->expect = *expect;
	call->header = sim_alloc(&guest->memory, header);
	call->result = sim_alloc(&guest->memory, writable - header);
	return post(guest, call);
}
