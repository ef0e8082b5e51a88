// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The control queue (virtio 1.3, 5.9.7.2): sessions are made and ended. */
#include "virtio.h"

/* The reply to a request that makes a session (struct virtio_crypto_create_session_input). */
struct create_reply {
	struct vcrypto_le64 id;
	struct vcrypto_le32 status;
	struct vcrypto_le32 padding;
};

VCRYPTO_ASSERT(sizeof(struct create_reply) == VCRYPTO_VIRTIO_CREATE_REPLY, "5.9.7.2");

/* Without REVISION_1 there is no NOSPC. */
static enum vcrypto_virtio_status sayable(const struct vcrypto_virtio *device,
					  enum vcrypto_virtio_status status)
{
	if (status == VCRYPTO_VIRTIO_NOSPC && !(device->features & VCRYPTO_VIRTIO_F_REVISION_1))
		return VCRYPTO_VIRTIO_ERR;
	return status;
}

/* The id is written only if there is one; 0: no room. */
static uint32_t reply_create(struct vcrypto_cursor to, enum vcrypto_virtio_status status,
			     uint64_t id)
{
	struct create_reply reply = { vcrypto_put64(id), vcrypto_put32(status), { 0 } };
	struct vcrypto_cursor skipped;

	if (to.left < sizeof(reply))
		return 0;
	if (status == VCRYPTO_VIRTIO_OK)
		return vcrypto_cursor_write(&to, &reply, sizeof(reply)) ? sizeof(reply) : 0;
	return vcrypto_cursor_cut(&to, sizeof(reply.id), &skipped) &&
	       vcrypto_cursor_write(&to, &reply.status, sizeof(reply) - sizeof(reply.id)) ?
		       sizeof(reply) : 0;
}

static uint32_t reply_destroy(struct vcrypto_cursor to, enum vcrypto_virtio_status status)
{
	const uint8_t byte = (uint8_t)status;

	return vcrypto_cursor_write(&to, &byte, 1) ? 1 : 0;
}

/*
 * Nobody knows what it was meant to be, so the reply is as long as there is room for.  One
 * of a byte is that of a session's end, which has no other status.
 */
static uint32_t reply_unknown(struct vcrypto_cursor to, enum vcrypto_virtio_status status)
{
	return to.left < VCRYPTO_VIRTIO_CREATE_REPLY ? reply_destroy(to, VCRYPTO_VIRTIO_ERR) :
						       reply_create(to, status, 0);
}

static uint32_t create(struct vcrypto_virtio *device, uint32_t service, uint8_t *head,
		       struct vcrypto_cursor in, struct vcrypto_cursor out)
{
	enum vcrypto_virtio_status status = VCRYPTO_VIRTIO_ERR;
	size_t rest = vcrypto_virtio_head_len(device->features, HEAD_CREATE, service) -
		      CONTROL_HEAD;
	struct vcrypto_virtio_numbers numbers;
	uint64_t id = 0;

	/* A session that cannot be told about must not be made. */
	if (out.left < VCRYPTO_VIRTIO_CREATE_REPLY)
		return 0;
	if (vcrypto_cursor_read(&in, head + CONTROL_HEAD, rest)) {
		vcrypto_virtio_get_numbers(HEAD_CREATE, service, head, &numbers);
		status = vcrypto_virtio_create(device, service, &numbers, in, &id);
	}
	return reply_create(out, sayable(device, status), id);
}

static uint32_t destroy(struct vcrypto_virtio *device, uint32_t service, uint8_t *head,
			struct vcrypto_cursor in, struct vcrypto_cursor out)
{
	size_t rest = (device->features & VCRYPTO_VIRTIO_F_REVISION_1 ? DESTROY_HEAD :
								       LEGACY_HEAD) - CONTROL_HEAD;
	enum vcrypto_virtio_status status = VCRYPTO_VIRTIO_ERR;
	const struct virtio_session *session;
	uint64_t id;

	if (!out.left)
		return 0;
	if (vcrypto_cursor_read(&in, head + CONTROL_HEAD, rest)) {
		id = vcrypto_virtio_get64_at(head, CONTROL_HEAD);
		session = vcrypto_virtio_find_session(device, id);
		if (session && session->service == service)
			status = vcrypto_virtio_destroy(device, id);
	}
	return reply_destroy(out, status);
}

/* As the other services have it; 0: neither of the two. */
static uint32_t control_op(uint32_t service, uint32_t op)
{
	if (service != VCRYPTO_VIRTIO_AKCIPHER)
		return op;
	return op == VCRYPTO_VIRTIO_CREATE_KEY ? VCRYPTO_VIRTIO_CREATE :
	       op == VCRYPTO_VIRTIO_DESTROY_KEY ? VCRYPTO_VIRTIO_DESTROY : 0;
}

static uint32_t execute(struct vcrypto_virtio *device, struct vcrypto_cursor in,
			struct vcrypto_cursor out)
{
	uint8_t head[LEGACY_HEAD];
	uint32_t written, service;

	if (!vcrypto_cursor_read(&in, head, CONTROL_HEAD))
		return reply_unknown(out, VCRYPTO_VIRTIO_ERR);
	service = vcrypto_virtio_get32_at(head, 0) >> 8;
	if (!vcrypto_virtio_has_service(device, service))
		return reply_unknown(out, VCRYPTO_VIRTIO_NOTSUPP);
	switch (control_op(service, vcrypto_virtio_get32_at(head, 0) & 0xff)) {
	case VCRYPTO_VIRTIO_CREATE:
		written = create(device, service, head, in, out);
		break;
	case VCRYPTO_VIRTIO_DESTROY:
		written = destroy(device, service, head, in, out);
		break;
	default:
		return reply_unknown(out, VCRYPTO_VIRTIO_NOTSUPP);
	}
	/* What was taken for numbers may have been a piece of a key. */
	vcrypto_wipe(head, sizeof(head));
	return written;
}

size_t vcrypto_virtio_control(struct vcrypto_virtio *device, struct vcrypto_io *chains,
			      size_t count)
{
	size_t answered = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct vcrypto_io *io = &chains[i];

		io->written = execute(device,
				      vcrypto_cursor_start(io->readable, io->readable_count),
				      vcrypto_cursor_start(io->writable, io->writable_count));
		if (io->written)
			answered++;
	}
	return answered;
}
