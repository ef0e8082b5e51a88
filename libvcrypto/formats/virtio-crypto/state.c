// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sessions that move to another device.  Little-endian:
 *
 *	 0  magic, 64 bits	 8  version	12  generation of the last session
 *
 * then for each session, in any order, and with an id of all ones and zeros behind it at the end:
 *
 *	 0  id, 64 bits		 8  service	12  bytes of keys
 *	16  the numbers it was made with, 12 of them	64  the keys
 *
 * What has been kept of a session is this piece, as it will be saved.  One whose cipher has a state
 * of its own stays where it is: its keys would begin their key stream again.
 */
#include "virtio.h"

#define MAGIC 0x6574617473726376u	/* "vcrstate" */
#define VERSION 1u
#define HEAD 16
#define RECORD 64
#define NUMBERS_AT 16
#define LAST UINT64_MAX

VCRYPTO_ASSERT(VCRYPTO_VIRTIO_STATE_PIECE == RECORD + VCRYPTO_MAX_DER, "the longest");

struct virtio_kept {
	struct virtio_kept *next;
	struct virtio_kept *previous;
	uint32_t len;		/* of @bytes */
	bool stays;		/* is not saved */
	uint8_t bytes[];
};

static void put32(uint8_t *to, uint32_t value)
{
	const struct vcrypto_le32 wire = vcrypto_put32(value);

	memcpy(to, &wire, sizeof(wire));
}

static void put64(uint8_t *to, uint64_t value)
{
	const struct vcrypto_le64 wire = vcrypto_put64(value);

	memcpy(to, &wire, sizeof(wire));
}

/* Those that a session is made of; NULL behind the last. */
static uint32_t *number_at(struct vcrypto_virtio_numbers *numbers, size_t i)
{
	uint32_t *const all[] = {
		&numbers->algo, &numbers->key_len, &numbers->direction, &numbers->op_type,
		&numbers->order, &numbers->hash_mode, &numbers->auth_algo, &numbers->auth_key_len,
		&numbers->result_len, &numbers->key_type, &numbers->padding, &numbers->padding_hash,
	};

	VCRYPTO_ASSERT(NUMBERS_AT + sizeof(all) / sizeof(all[0]) * 4 == RECORD, "all of it");
	return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

static uint64_t keys_len(uint32_t service, const struct vcrypto_virtio_numbers *numbers)
{
	bool chain = service == VCRYPTO_VIRTIO_CIPHER &&
		     numbers->op_type == VCRYPTO_VIRTIO_SYM_CHAIN &&
		     numbers->hash_mode == VCRYPTO_VIRTIO_MODE_AUTH;

	if (service == VCRYPTO_VIRTIO_HASH)
		return 0;
	if (service == VCRYPTO_VIRTIO_MAC)
		return numbers->auth_key_len;
	return (uint64_t)numbers->key_len + (chain ? numbers->auth_key_len : 0);
}

static bool has_state(uint32_t service, const struct vcrypto_virtio_numbers *numbers)
{
	const struct vcrypto_cipher *cipher;
	struct algorithms found;

	vcrypto_virtio_find_algorithms((enum vcrypto_virtio_service)service, numbers, &found);
	cipher = vcrypto_cipher_find(found.cipher);
	return cipher && cipher->chaining == VCRYPTO_CHAIN_STATE;
}

void vcrypto_virtio_keep_keys(struct vcrypto_virtio *device,
			      const struct vcrypto_virtio_keep *keep)
{
	device->keep = keep;
}

bool vcrypto_virtio_kept_new(const struct vcrypto_virtio *device, uint32_t service,
			     const struct vcrypto_virtio_numbers *numbers,
			     struct vcrypto_cursor keys, struct virtio_kept **kept)
{
	struct vcrypto_virtio_numbers all = *numbers;
	uint64_t len = keys_len(service, numbers);
	struct virtio_kept *fresh;
	size_t i;

	*kept = NULL;
	/* Of keys that are too long, or not there, no session will be made. */
	if (!device->keep || len > VCRYPTO_MAX_DER || keys.left < len)
		return true;
	fresh = device->keep->take(device->keep->context, sizeof(*fresh) + RECORD + (size_t)len);
	if (!fresh)
		return false;
	fresh->len = (uint32_t)(RECORD + len);
	fresh->stays = service == VCRYPTO_VIRTIO_CIPHER && has_state(service, numbers);
	put32(fresh->bytes + 8, service);
	put32(fresh->bytes + 12, (uint32_t)len);
	for (i = 0; number_at(&all, i); i++)
		put32(fresh->bytes + NUMBERS_AT + 4 * i, *number_at(&all, i));
	*kept = fresh;
	/* Cannot fail: there are as many. */
	return vcrypto_cursor_read(&keys, fresh->bytes + RECORD, (size_t)len);
}

struct iovec vcrypto_virtio_kept_keys(struct virtio_kept *kept)
{
	return (struct iovec){ kept->bytes + RECORD, kept->len - RECORD };
}

uint64_t vcrypto_virtio_kept_id(const struct virtio_kept *kept)
{
	return vcrypto_virtio_get64_at(kept->bytes, 0);
}

void vcrypto_virtio_kept_add(struct vcrypto_virtio *device, struct virtio_kept *kept, uint64_t id)
{
	put64(kept->bytes, id);
	kept->previous = NULL;
	kept->next = device->kept;
	if (kept->next)
		kept->next->previous = kept;
	device->kept = kept;
}

void vcrypto_virtio_kept_remove(struct vcrypto_virtio *device, struct virtio_kept *kept)
{
	if (device->saving == kept)
		device->saving = kept->next;
	if (kept->next)
		kept->next->previous = kept->previous;
	if (kept->previous)
		kept->previous->next = kept->next;
	else
		device->kept = kept->next;
}

void vcrypto_virtio_kept_free(const struct vcrypto_virtio *device, struct virtio_kept *kept)
{
	size_t size = sizeof(*kept) + kept->len;

	vcrypto_wipe(kept, size);
	device->keep->give(device->keep->context, kept, size);
}

void vcrypto_virtio_save_start(struct vcrypto_virtio *device)
{
	device->saving = device->kept;
	device->save_step = STATE_HEAD;
}

static size_t save_head(struct vcrypto_virtio *device, uint8_t *to)
{
	put64(to, MAGIC);
	put32(to + 8, VERSION);
	put32(to + 12, device->generation);
	device->save_step = STATE_SESSIONS;
	return HEAD;
}

/* How much of @room the sessions fill that come next. */
static size_t save_sessions(struct vcrypto_virtio *device, uint8_t *to, size_t room)
{
	struct virtio_kept *kept;
	size_t len = 0;

	for (; (kept = device->saving); device->saving = kept->next) {
		if (kept->stays)
			continue;
		if (kept->len > room - len)
			break;
		memcpy(to + len, kept->bytes, kept->len);
		len += kept->len;
	}
	return len;
}

size_t vcrypto_virtio_save(struct vcrypto_virtio *device, uint8_t *to, size_t room)
{
	size_t len;

	if (device->save_step == STATE_NONE || room < VCRYPTO_VIRTIO_STATE_PIECE)
		return 0;
	if (device->save_step == STATE_HEAD)
		return save_head(device, to);
	len = save_sessions(device, to, room);
	if (!device->saving && room - len >= RECORD) {
		memset(to + len, 0, RECORD);
		put64(to + len, LAST);
		len += RECORD;
		device->save_step = STATE_NONE;
	}
	return len;
}

static bool load_head(struct vcrypto_virtio *device, const uint8_t *bytes)
{
	uint32_t generation = vcrypto_virtio_get32_at(bytes, 12);

	if (vcrypto_virtio_get64_at(bytes, 0) != MAGIC ||
	    vcrypto_virtio_get32_at(bytes, 8) != VERSION || generation > INT32_MAX ||
	    vcrypto_virtio_census(device).sessions)
		return false;
	device->generation = generation;
	device->load_step = STATE_SESSIONS;
	return true;
}

/* How long the piece is that begins here; 0: it cannot be one. */
static size_t piece_len(const uint8_t *bytes)
{
	uint32_t len = vcrypto_virtio_get32_at(bytes, 12);

	return len <= VCRYPTO_MAX_DER ? RECORD + len : 0;
}

static bool is_last(const uint8_t *bytes)
{
	size_t i;

	for (i = 8; i < RECORD; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool load_session(struct vcrypto_virtio *device, const uint8_t *bytes, size_t len)
{
	const struct iovec piece = { (void *)(uintptr_t)(bytes + RECORD), len - RECORD };
	struct vcrypto_virtio_numbers numbers = { 0 };
	uint64_t id = vcrypto_virtio_get64_at(bytes, 0);
	uint32_t service = vcrypto_virtio_get32_at(bytes, 8);
	size_t i;

	for (i = 0; number_at(&numbers, i); i++)
		*number_at(&numbers, i) = vcrypto_virtio_get32_at(bytes, NUMBERS_AT + 4 * i);
	return id >> 63 == 0 && vcrypto_virtio_has_service(device, service) &&
	       len - RECORD == keys_len(service, &numbers) &&
	       vcrypto_virtio_create_at(device, id, (enum vcrypto_virtio_service)service, &numbers,
					vcrypto_cursor_start(&piece, 1)) == VCRYPTO_VIRTIO_OK;
}

/* One piece of what is there.  How many bytes it had; 0: it needs more, or is bad. */
static size_t load_piece(struct vcrypto_virtio *device, const uint8_t *bytes, size_t len,
			 bool *bad)
{
	size_t wanted = device->load_step == STATE_NONE ? HEAD : RECORD;

	if (len < wanted)
		return 0;
	if (device->load_step == STATE_NONE) {
		*bad = !load_head(device, bytes);
		return *bad ? 0 : HEAD;
	}
	if (vcrypto_virtio_get64_at(bytes, 0) == LAST) {
		*bad = !is_last(bytes);
		device->load_step = STATE_END;
		return *bad ? 0 : RECORD;
	}
	wanted = piece_len(bytes);
	*bad = !wanted || (len >= wanted && !load_session(device, bytes, wanted));
	return *bad || len < wanted ? 0 : wanted;
}

enum vcrypto_virtio_load vcrypto_virtio_load(struct vcrypto_virtio *device, const uint8_t *bytes,
					     size_t len, size_t *taken)
{
	bool bad = device->load_step == STATE_END;
	size_t n;

	*taken = 0;
	while (!bad && device->load_step != STATE_END &&
	       (n = load_piece(device, bytes + *taken, len - *taken, &bad)))
		*taken += n;
	if (bad) {
		/* Nothing more is taken. */
		device->load_step = STATE_END;
		return VCRYPTO_VIRTIO_LOAD_BAD;
	}
	return device->load_step == STATE_END ? VCRYPTO_VIRTIO_LOAD_DONE : VCRYPTO_VIRTIO_LOAD_MORE;
}
