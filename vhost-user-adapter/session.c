// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * CREATE_CRYPTO_SESSION: a structure of QEMU's, as it lies in its memory.  It has changed
 * twice, without a feature that says so.
 */
#include "message.h"

#define OLD_SIZE 632
/* Offsets that are the same in all layouts.  Between block and keys: addresses of QEMU's. */
#define KEY_AT 56
#define KEY_ROOM 64
#define AUTH_KEY_AT 120
#define AUTH_KEY_ROOM 512
/* Within the block. */
#define OP_TYPE 24
#define DIRECTION 25
#define HASH_MODE 26
#define ORDER 27

static const struct {
	size_t block;
	size_t op_code;		/* 0: none; the newest has it in front */
	size_t id;
	const char *name;
} layouts[] = {
	[SESSION_NONE] = { 0, 0, 0, "unknown" },
	[SESSION_QEMU_7_0] = { 12, 8, 0, "of QEMU 7.0 and older" },
	[SESSION_QEMU_7_1] = { 8, 0, 0, "of QEMU 7.1 to 8.0" },
	[SESSION_QEMU_8_1] = { 8, 0, 1064, "of QEMU 8.1 and later" },
};

const char *session_layout_name(enum session_layout layout)
{
	return layouts[layout].name;
}

/*
 * QEMU sends op_type 1 or 2 only, which is never 0, and what is padding is.  So the byte
 * where the older one has op_type tells them apart, and no number that a guest chooses.
 */
static enum session_layout find_layout(const struct message *message)
{
	const uint8_t *bytes = message->payload;
	uint8_t type = bytes[layouts[SESSION_QEMU_7_1].block + OP_TYPE];

	if (message->header.size != OLD_SIZE)
		return SESSION_QEMU_8_1;
	if (bytes[layouts[SESSION_QEMU_7_0].block + OP_TYPE])
		return SESSION_QEMU_7_0;
	return type == VCRYPTO_VIRTIO_SYM_CIPHER || type == VCRYPTO_VIRTIO_SYM_CHAIN ?
		       SESSION_QEMU_7_1 : SESSION_NONE;
}

static uint32_t number_at(const uint8_t *bytes, size_t at)
{
	uint32_t value;

	memcpy(&value, bytes + at, sizeof(value));
	return value;
}

/* Whether the op_code, where there is one, is that of a cipher's session. */
static bool op_code_ok(const struct message *message, enum session_layout layout)
{
	uint32_t create = VCRYPTO_VIRTIO_OPCODE(VCRYPTO_VIRTIO_CIPHER, VCRYPTO_VIRTIO_CREATE);

	if (layout == SESSION_QEMU_7_1)
		return true;
	if (layout == SESSION_QEMU_7_0)
		return number_at(message->payload, layouts[layout].op_code) == create;
	return message_u64(message) == create;
}

struct session_ask session_decode(const struct message *message, enum session_layout force)
{
	struct session_ask ask = { .layout = force };
	const uint8_t *block;

	if (ask.layout == SESSION_NONE ||
	    (ask.layout == SESSION_QEMU_8_1) != (message->header.size != OLD_SIZE))
		ask.layout = find_layout(message);
	if (ask.layout == SESSION_NONE || !op_code_ok(message, ask.layout))
		return ask;
	block = message->payload + layouts[ask.layout].block;
	ask.symmetric = true;
	ask.numbers = (struct vcrypto_virtio_numbers){
		.algo = number_at(block, 0), .key_len = number_at(block, 4),
		.auth_algo = number_at(block, 8), .result_len = number_at(block, 12),
		.auth_key_len = number_at(block, 16), .aad_len = number_at(block, 20),
		.op_type = block[OP_TYPE], .direction = block[DIRECTION],
		.hash_mode = block[HASH_MODE], .order = block[ORDER],
	};
	/* A cipher alone has no digest, and QEMU leaves there what it likes. */
	if (ask.numbers.op_type == VCRYPTO_VIRTIO_SYM_CIPHER)
		ask.numbers.auth_key_len = 0;
	ask.lengths_ok = ask.numbers.key_len <= KEY_ROOM &&
			 ask.numbers.auth_key_len <= AUTH_KEY_ROOM;
	ask.key = message->payload + KEY_AT;
	ask.auth_key = message->payload + AUTH_KEY_AT;
	return ask;
}

void session_reply(struct message *message, enum session_layout layout, int64_t id)
{
	vcrypto_wipe(message->payload, message->header.size);
	memcpy(message->payload + layouts[layout].id, &id, sizeof(id));
}
