// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>

#include "flat.h"

static struct vcrypto_message begin(struct flat *flat, struct vcrypto_response_header *header)
{
	return (struct vcrypto_message){ flat->request, FLAT_MAX, 0, header, { 0, 0, 0, 0, false } };
}

static void take(struct flat *flat, const struct vcrypto_message *message, bool built,
		 const void *source, size_t source_len)
{
	size_t len = message->len;

	if (!built || len + source_len > FLAT_MAX)
		sim_die("cannot build this request");
	if (source_len)
		memcpy(flat->request + len, source, source_len);
	flat->expect = message->expect;
	flat->len = len + source_len;
	flat->reply_len = sizeof(struct vcrypto_response_header) + flat->expect.dst_len +
			  flat->expect.mac_len + flat->expect.iv_len;
}

void flat_open(struct flat *flat, uint32_t context)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_context_open(&message, context), NULL, 0);
}

void flat_close(struct flat *flat, uint32_t context)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_context_close(&message, context), NULL, 0);
}

void flat_session(struct flat *flat, const struct vcrypto_session_args *args)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_session_new(&message, args), NULL, 0);
}

void flat_free(struct flat *flat, uint32_t context, uint32_t session)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_session_free(&message, context, session), NULL, 0);
}

void flat_info(struct flat *flat, uint32_t context, uint32_t session)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_session_info(&message, context, session), NULL, 0);
}

void flat_hash_copy(struct flat *flat, uint32_t context, uint32_t to, uint32_t from)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_hash_copy(&message, context, to, from), NULL, 0);
}

void flat_crypt(struct flat *flat, const struct vcrypto_crypt_args *args, const void *source)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_crypt(&message, args),
	      source, args->src_len);
}

static void append(struct flat *flat, const void *bytes, size_t len)
{
	if (flat->len + len > FLAT_MAX)
		sim_die("this request is too long");
	if (len)
		memcpy(flat->request + flat->len, bytes, len);
	flat->len += len;
}

void flat_authcrypt(struct flat *flat, const struct vcrypto_authcrypt_args *args,
		    const void *aad, const void *source, const void *trailer, const void *tag)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_authcrypt(&message, args), aad, args->aad_len);
	append(flat, source, args->src_len);
	append(flat, trailer, args->trailer_len);
	append(flat, tag, vcrypto_sends_tag(args) ? args->tag_len : 0);
}

void flat_counters(struct flat *flat)
{
	struct vcrypto_response_header header;
	struct vcrypto_message message = begin(flat, &header);

	take(flat, &message, vcrypto_build_counters(&message),
	      NULL, 0);
}

/* Whether a segment ends before @offset, by @cut. */
static bool cuts(const struct flat_cut *cut, size_t offset)
{
	if (cut->each)
		return offset % cut->each == 0;
	return offset == cut->at[0] || offset == cut->at[1];
}

/* @len bytes as segments, each an allocation of exactly its size. */
static struct iovec *scatter(const uint8_t *bytes, size_t len, const struct flat_cut *cut,
			     size_t *count)
{
	struct iovec *segments = malloc((len + 1) * sizeof(*segments));
	size_t from = 0;
	size_t to;

	*count = 0;
	if (!segments)
		sim_die("out of memory");
	for (to = 1; to <= len; to++) {
		if (to < len && !cuts(cut, to))
			continue;
		segments[*count].iov_base = malloc(to - from);
		segments[*count].iov_len = to - from;
		if (!segments[*count].iov_base)
			sim_die("out of memory");
		if (bytes)
			memcpy(segments[*count].iov_base, bytes + from, to - from);
		else
			memset(segments[*count].iov_base, SIM_FILL, to - from);
		(*count)++;
		from = to;
	}
	/* Exactly as long as it is, for the sanitizer. */
	return realloc(segments, (*count ? *count : 1) * sizeof(*segments));
}

static void gather(struct iovec *segments, size_t count, uint8_t *to)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (to) {
			memcpy(to, segments[i].iov_base, segments[i].iov_len);
			to += segments[i].iov_len;
		}
		free(segments[i].iov_base);
	}
	free(segments);
}

uint32_t flat_give(flat_process process, void *device, struct flat *flat,
		   const struct flat_cut *readable, const struct flat_cut *writable)
{
	static const struct flat_cut whole;
	size_t in_count, out_count;
	struct iovec *in = scatter(flat->request, flat->len, readable ? readable : &whole,
				   &in_count);
	struct iovec *out = scatter(NULL, flat->reply_len, writable ? writable : &whole,
				    &out_count);
	struct vcrypto_io io = {
		.readable = in, .writable = out,
		.readable_count = in_count, .writable_count = out_count,
	};
	size_t answered = process(device, &io, 1);

	if (answered != (io.written != 0))
		sim_die("what was answered is counted wrongly");
	gather(in, in_count, NULL);
	gather(out, out_count, flat->reply);
	return io.written;
}

static size_t process_engine(void *engine, struct vcrypto_io *io, size_t count)
{
	return vcrypto_process(engine, io, count);
}

uint32_t flat_run(struct vcrypto_engine *engine, struct flat *flat,
		  const struct flat_cut *readable, const struct flat_cut *writable)
{
	return flat_give(process_engine, engine, flat, readable, writable);
}

uint32_t flat_reply_status(const struct flat *flat)
{
	struct vcrypto_response_header header;

	memcpy(&header, flat->reply, sizeof(header));
	return vcrypto_get32(header.status);
}

int flat_status(struct vcrypto_engine *engine, struct flat *flat)
{
	assert_true(flat_run(engine, flat, NULL, NULL) >= 16);
	return (int)flat_reply_status(flat);
}

void flat_put32(struct flat *flat, size_t offset, uint32_t value)
{
	struct vcrypto_le32 field = vcrypto_put32(value);

	memcpy(flat->request + offset, &field, sizeof(field));
}

void flat_put16(struct flat *flat, size_t offset, uint16_t value)
{
	struct vcrypto_le16 field = vcrypto_put16(value);

	memcpy(flat->request + offset, &field, sizeof(field));
}

struct vcrypto_engine *flat_engine(const struct vcrypto_backend *backend)
{
	const struct vcrypto_limits limits = { 4, 8, 4096, 512 };
	struct vcrypto_engine *engine = vcrypto_engine_init(
		calloc(1, vcrypto_engine_size(&limits, backend)), &limits, backend);

	if (!engine)
		sim_die("no engine");
	return engine;
}

void flat_engine_free(struct vcrypto_engine *engine)
{
	vcrypto_engine_fini(engine);
	free(engine);
}
