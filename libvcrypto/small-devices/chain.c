// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "chain.h"

uint32_t vcrypto_virtio_demo_chain(struct vcrypto_virtio_demo *demo,
				   struct vcrypto_cursor readable,
				   struct vcrypto_cursor writable)
{
	/* What execute() refuses, for a request that is too short or too long. */
	static const struct vcrypto_virtio_demo_message malformed = { { UINT32_MAX }, { 0 } };
	struct vcrypto_virtio_demo_message request, reply;

	if (writable.left < sizeof(reply))
		return 0;
	if (readable.left != sizeof(request) ||
	    !vcrypto_cursor_read(&readable, &request, sizeof(request)))
		request = malformed;
	vcrypto_virtio_demo_execute(demo, &request, &reply);
	return vcrypto_cursor_write(&writable, &reply, sizeof(reply)) ? sizeof(reply) : 0;
}

/* The request's operation; 0, which is none, if there are not even as many bytes. */
static uint32_t read_operation(struct vcrypto_cursor *readable)
{
	struct vcrypto_le32 operation;

	if (!vcrypto_cursor_read(readable, &operation, sizeof(operation)))
		return 0;
	return vcrypto_get32(operation);
}

/* Copies the text into the device, once; what is checked and used is the copy. */
static enum vcrypto_caesar_status execute(struct vcrypto_caesar *caesar,
					  struct vcrypto_cursor readable, uint64_t room)
{
	uint32_t operation = read_operation(&readable);
	uint64_t len = readable.left;

	if (operation != VCRYPTO_CAESAR_ENCRYPT && operation != VCRYPTO_CAESAR_DECRYPT)
		return VCRYPTO_CAESAR_BAD_REQUEST;
	if (len > caesar->size)
		return VCRYPTO_CAESAR_TOO_LONG;
	if (len > room || !vcrypto_cursor_read(&readable, caesar->text, (size_t)len))
		return VCRYPTO_CAESAR_BAD_REQUEST;
	if (!vcrypto_caesar_shift(caesar->text, (size_t)len, caesar->key,
				  operation == VCRYPTO_CAESAR_DECRYPT))
		return VCRYPTO_CAESAR_NOT_LETTERS;
	return VCRYPTO_CAESAR_OK;
}

uint32_t vcrypto_caesar_chain(struct vcrypto_caesar *caesar, struct vcrypto_cursor readable,
			      struct vcrypto_cursor writable)
{
	uint64_t in = readable.left;
	enum vcrypto_caesar_status status;
	struct vcrypto_le32 wire;
	size_t len = 0;

	if (writable.left < sizeof(wire))
		return 0;
	status = execute(caesar, readable, writable.left - sizeof(wire));
	if (status == VCRYPTO_CAESAR_OK)
		len = (size_t)in - sizeof(struct vcrypto_le32);
	wire = vcrypto_put32(status);
	if (!vcrypto_cursor_write(&writable, &wire, sizeof(wire)) ||
	    !vcrypto_cursor_write(&writable, caesar->text, len))
		return 0;
	return (uint32_t)(sizeof(wire) + len);
}
