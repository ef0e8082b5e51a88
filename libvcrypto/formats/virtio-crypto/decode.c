// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A data request, from bytes to values (virtio 1.3, 5.9.7.3 to 5.9.7.7).  Form only: whether
 * its session is there, and what it is, is for data.c.
 */
#include "virtio.h"

/* What follows the head: how long each piece is.  Sums of these cannot overflow. */
struct pieces {
	uint64_t keys;
	uint64_t iv;
	uint64_t src;		/* without a tag */
	uint64_t tag;		/* in the source */
	uint64_t aad;
	uint64_t dst;
	uint64_t result;
	uint64_t room;		/* for an AEAD's, as it says; else 0 */
};

static enum vcrypto_virtio_status aead_pieces(const struct virtio_request *request,
					      struct pieces *pieces)
{
	const struct vcrypto_virtio_numbers *numbers = &request->numbers;
	uint32_t tag_len = numbers->result_len;
	bool room_ok;

	if (tag_len > VCRYPTO_MAX_DIGEST || (request->decrypt && pieces->src < tag_len))
		return VCRYPTO_VIRTIO_ERR;
	if (request->decrypt) {
		pieces->src -= tag_len;
		pieces->tag = tag_len;
		pieces->result = 0;
	}
	pieces->room = pieces->dst;
	pieces->dst = pieces->src;
	room_ok = pieces->room >= pieces->dst + pieces->result ||
		  pieces->room == pieces->dst;
	return room_ok ? VCRYPTO_VIRTIO_OK : VCRYPTO_VIRTIO_ERR;
}

/* To verify, the destination's length is that of the digest behind the signature. */
static enum vcrypto_virtio_status akcipher_pieces(const struct virtio_request *request,
						  struct pieces *pieces)
{
	if (request->verb == VCRYPTO_VIRTIO_VERIFY) {
		pieces->aad = pieces->dst;
		pieces->dst = 0;
	}
	return VCRYPTO_VIRTIO_OK;
}

static enum vcrypto_virtio_status find_pieces(const struct virtio_request *request,
					      struct pieces *pieces)
{
	const struct vcrypto_virtio_numbers *numbers = &request->numbers;

	*pieces = (struct pieces){
		.iv = numbers->iv_len, .src = numbers->src_len, .aad = numbers->aad_len,
		.dst = numbers->dst_len, .result = numbers->result_len,
	};
	if (request->stateless)
		pieces->keys = (uint64_t)numbers->key_len + numbers->auth_key_len;
	if (request->service == VCRYPTO_VIRTIO_AKCIPHER)
		return akcipher_pieces(request, pieces);
	if (request->service == VCRYPTO_VIRTIO_AEAD)
		return aead_pieces(request, pieces);
	/* A hash or MAC has no destination. */
	if (request->service == VCRYPTO_VIRTIO_CIPHER && pieces->dst != pieces->src)
		return VCRYPTO_VIRTIO_ERR;
	return VCRYPTO_VIRTIO_OK;
}

static uint64_t in_len(const struct pieces *pieces)
{
	return pieces->keys + pieces->iv + pieces->src + pieces->tag + pieces->aad;
}

/* Whether all that is there: the status is the last byte of @writable. */
static bool fits(const struct vcrypto_virtio *device, const struct pieces *pieces,
		 uint64_t readable, uint64_t writable)
{
	uint64_t in = in_len(pieces);
	uint64_t out = pieces->dst + pieces->result;

	return in <= readable && out <= writable && pieces->room <= writable &&
	       in + out <= device->limits.max_size && pieces->iv <= VCRYPTO_MAX_IV &&
	       pieces->result <= VCRYPTO_MAX_DIGEST;
}

/* Cannot fail: fits() has looked. */
static bool cut(struct virtio_request *request, const struct pieces *pieces,
		struct vcrypto_cursor in, struct vcrypto_cursor out)
{
	bool aad_first = request->stateless && is_chain(request);

	memset(&request->op.job, 0, sizeof(request->op.job));
	return vcrypto_cursor_cut(&in, pieces->keys, &request->keys) &&
	       vcrypto_cursor_read(&in, request->op.job.iv, (size_t)pieces->iv) &&
	       (!aad_first || vcrypto_cursor_cut(&in, pieces->aad, &request->aad)) &&
	       vcrypto_cursor_cut(&in, pieces->src, &request->src) &&
	       vcrypto_cursor_read(&in, request->op.job.tag, (size_t)pieces->tag) &&
	       (aad_first || vcrypto_cursor_cut(&in, pieces->aad, &request->aad)) &&
	       vcrypto_cursor_cut(&out, pieces->dst, &request->dst) &&
	       vcrypto_cursor_cut(&out, pieces->result, &request->result);
}

/* The part of the head that depends on the service, and what follows it. */
static enum vcrypto_virtio_status decode_service(const struct vcrypto_virtio *device,
						 struct virtio_request *request, uint8_t *head,
						 struct vcrypto_cursor in,
						 struct vcrypto_cursor out)
{
	bool stateless_head = vcrypto_virtio_is_stateless(device->features, request->service);
	enum head_kind kind = stateless_head ? HEAD_STATELESS : HEAD_DATA;
	size_t rest = vcrypto_virtio_head_len(device->features, kind, request->service) - DATA_HEAD;
	enum vcrypto_virtio_status status;
	struct pieces pieces;

	if (!vcrypto_cursor_read(&in, head + DATA_HEAD, rest))
		return VCRYPTO_VIRTIO_ERR;
	vcrypto_virtio_get_numbers(kind, request->service, head, &request->numbers);
	if (request->service == VCRYPTO_VIRTIO_CIPHER && !is_chain(request) &&
	    request->numbers.op_type != VCRYPTO_VIRTIO_SYM_CIPHER)
		return VCRYPTO_VIRTIO_NOTSUPP;
	status = find_pieces(request, &pieces);
	if (status != VCRYPTO_VIRTIO_OK)
		return status;
	if (!fits(device, &pieces, in.left, out.left) || !cut(request, &pieces, in, out))
		return VCRYPTO_VIRTIO_ERR;
	request->room = (uint32_t)pieces.dst;
	request->status_follows = out.left == pieces.dst + pieces.result;
	request->read = in_len(&pieces) + DATA_HEAD + rest;
	return VCRYPTO_VIRTIO_OK;
}

/* Whether a session is named, or keys come along; false: a flag that nobody knows. */
static bool find_mode(const struct vcrypto_virtio *device, struct virtio_request *request,
		      uint32_t flag)
{
	request->stateless = !flag && vcrypto_virtio_is_stateless(device->features,
								  request->service);
	if (!(device->features & VCRYPTO_VIRTIO_F_REVISION_1))
		return true;
	return flag == VCRYPTO_VIRTIO_SESSION_MODE || request->stateless;
}

static enum vcrypto_virtio_status decode_head(const struct vcrypto_virtio *device,
					      struct virtio_request *request, uint8_t *head,
					      struct vcrypto_cursor in,
					      struct vcrypto_cursor out)
{
	uint32_t opcode, op, last;

	if (!vcrypto_cursor_read(&in, head, DATA_HEAD))
		return VCRYPTO_VIRTIO_ERR;
	opcode = vcrypto_virtio_get32_at(head, 0);
	op = opcode & 0xff;
	request->service = opcode >> 8;
	request->id = vcrypto_virtio_get64_at(head, 8);
	last = request->service == VCRYPTO_VIRTIO_AKCIPHER ? VCRYPTO_VIRTIO_VERIFY :
							     VCRYPTO_VIRTIO_DECRYPT;
	if (!vcrypto_virtio_has_service(device, request->service) || op > last)
		return VCRYPTO_VIRTIO_NOTSUPP;
	request->verb = (uint8_t)op;
	request->decrypt = op == VCRYPTO_VIRTIO_DECRYPT;
	if (request->decrypt && (request->service == VCRYPTO_VIRTIO_HASH ||
				 request->service == VCRYPTO_VIRTIO_MAC))
		return VCRYPTO_VIRTIO_NOTSUPP;
	if (!find_mode(device, request, vcrypto_virtio_get32_at(head, 16)))
		return VCRYPTO_VIRTIO_NOTSUPP;
	return decode_service(device, request, head, in, out);
}

/* Of what it has of both halves: what is beyond its lengths does not matter. */
static bool is_in_place(const struct virtio_request *request, struct vcrypto_cursor in)
{
	in.left = request->read;
	return vcrypto_cursor_meets(in, request->dst) ||
	       vcrypto_cursor_meets(in, request->result) ||
	       vcrypto_cursor_meets(in, request->status_byte);
}

bool vcrypto_virtio_decode_data(const struct vcrypto_virtio *device, struct virtio_request *request,
				const struct vcrypto_io *io)
{
	struct vcrypto_cursor in = vcrypto_cursor_start(io->readable, io->readable_count);
	struct vcrypto_cursor out = vcrypto_cursor_start(io->writable, io->writable_count);
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct vcrypto_cursor rest;

	request->submitted = false;
	request->deferred = false;
	request->written = 0;
	request->status_follows = out.left == 1;
	request->room = 0;
	request->result.left = 0;
	if (!out.left || !vcrypto_cursor_cut(&out, out.left - 1, &rest))
		return false;
	request->status_byte = out;
	request->status = decode_head(device, request, head, in, rest);
	request->in_place = device->again && request->status == VCRYPTO_VIRTIO_OK &&
			    is_in_place(request, in);
	/* What was taken for numbers may have been a piece of a key. */
	vcrypto_wipe(head, sizeof(head));
	return true;
}
