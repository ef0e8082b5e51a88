// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where the numbers stand in the heads of requests (virtio 1.3, 5.9.7): one table, which
 * the driver's half writes by and the device's half reads by.
 */
#include "virtio.h"

/* The heads of one kind, in the order of the services; a chain is another cipher. */
enum shape {
	SHAPE_CIPHER = VCRYPTO_VIRTIO_CIPHER,
	SHAPE_HASH = VCRYPTO_VIRTIO_HASH,
	SHAPE_MAC = VCRYPTO_VIRTIO_MAC,
	SHAPE_AEAD = VCRYPTO_VIRTIO_AEAD,
	SHAPE_AKCIPHER = VCRYPTO_VIRTIO_AKCIPHER,
	SHAPE_CHAIN,
	SHAPES,
};

/* A number of 32 bits, little-endian. */
struct field {
	uint8_t at;		/* bytes from the start of the head; 0: no more fields */
	uint8_t member;		/* bytes from the start of struct vcrypto_virtio_numbers */
};

struct head {
	uint8_t len;		/* bytes, with REVISION_1 */
	uint8_t op_type;	/* where that is; 0: nowhere */
	struct field fields[18];
};

#define AT(at, member) { at, offsetof(struct vcrypto_virtio_numbers, member) }

static const struct head heads[HEAD_KINDS][SHAPES] = {
	[HEAD_CREATE] = {
		[SHAPE_CIPHER] = { 72, 64, {
			AT(16, algo), AT(20, key_len), AT(24, direction), AT(64, op_type),
		} },
		[SHAPE_CHAIN] = { 72, 64, {
			AT(16, order), AT(20, hash_mode), AT(24, algo), AT(28, key_len),
			AT(32, direction), AT(40, auth_algo), AT(44, result_len),
			AT(48, auth_key_len), AT(56, aad_len), AT(64, op_type),
		} },
		[SHAPE_HASH] = { 24, 0, { AT(16, algo), AT(20, result_len) } },
		[SHAPE_MAC] = { 32, 0, {
			AT(16, algo), AT(20, result_len), AT(24, auth_key_len),
		} },
		[SHAPE_AEAD] = { 40, 0, {
			AT(16, algo), AT(20, key_len), AT(24, result_len), AT(28, aad_len),
			AT(32, direction),
		} },
		/* Of ECDSA the curve stands where RSA has its padding, and no hash behind it. */
		[SHAPE_AKCIPHER] = { 72, 0, {
			AT(16, algo), AT(20, key_type), AT(24, key_len), AT(28, padding),
			AT(32, padding_hash),
		} },
	},
	[HEAD_DATA] = {
		[SHAPE_CIPHER] = { 72, 64, {
			AT(24, iv_len), AT(28, src_len), AT(32, dst_len), AT(64, op_type),
		} },
		[SHAPE_CHAIN] = { 72, 64, {
			AT(24, iv_len), AT(28, src_len), AT(32, dst_len), AT(36, cipher_start),
			AT(40, cipher_len), AT(44, hash_start), AT(48, hash_len),
			AT(52, aad_len), AT(56, result_len), AT(64, op_type),
		} },
		[SHAPE_HASH] = { 32, 0, { AT(24, src_len), AT(28, result_len) } },
		[SHAPE_MAC] = { 32, 0, { AT(24, src_len), AT(28, result_len) } },
		[SHAPE_AEAD] = { 48, 0, {
			AT(24, iv_len), AT(28, aad_len), AT(32, src_len), AT(36, dst_len),
			AT(40, result_len),
		} },
		[SHAPE_AKCIPHER] = { 32, 0, { AT(24, src_len), AT(28, dst_len) } },
	},
	[HEAD_STATELESS] = {
		[SHAPE_CIPHER] = { 100, 96, {
			AT(24, algo), AT(28, key_len), AT(32, direction), AT(36, iv_len),
			AT(40, src_len), AT(44, dst_len), AT(96, op_type),
		} },
		/* The AAD's length stands there twice; the second is the request's. */
		[SHAPE_CHAIN] = { 100, 96, {
			AT(24, order), AT(28, aad_len), AT(32, algo), AT(36, key_len),
			AT(40, direction), AT(44, auth_algo), AT(48, auth_key_len),
			AT(52, hash_mode), AT(56, iv_len), AT(60, src_len), AT(64, dst_len),
			AT(68, cipher_start), AT(72, cipher_len), AT(76, hash_start),
			AT(80, hash_len), AT(84, aad_len), AT(88, result_len),
			AT(96, op_type),
		} },
		[SHAPE_HASH] = { 40, 0, { AT(24, algo), AT(28, src_len), AT(32, result_len) } },
		[SHAPE_MAC] = { 40, 0, {
			AT(24, algo), AT(28, auth_key_len), AT(32, src_len), AT(36, result_len),
		} },
		[SHAPE_AEAD] = { 56, 0, {
			AT(24, algo), AT(28, key_len), AT(32, direction), AT(36, iv_len),
			AT(40, result_len), AT(44, aad_len), AT(48, src_len), AT(52, dst_len),
		} },
		[SHAPE_AKCIPHER] = { 52, 0, {
			AT(24, algo), AT(28, key_type), AT(32, key_len), AT(36, padding),
			AT(40, padding_hash), AT(44, src_len), AT(48, dst_len),
		} },
	},
};

uint32_t vcrypto_virtio_get32_at(const uint8_t *bytes, size_t at)
{
	struct vcrypto_le32 wire;

	memcpy(&wire, bytes + at, sizeof(wire));
	return vcrypto_get32(wire);
}

uint64_t vcrypto_virtio_get64_at(const uint8_t *bytes, size_t at)
{
	struct vcrypto_le64 wire;

	memcpy(&wire, bytes + at, sizeof(wire));
	return vcrypto_get64(wire);
}

static void put32_at(uint8_t *bytes, size_t at, uint32_t value)
{
	struct vcrypto_le32 wire = vcrypto_put32(value);

	memcpy(bytes + at, &wire, sizeof(wire));
}

static void put64_at(uint8_t *bytes, size_t at, uint64_t value)
{
	struct vcrypto_le64 wire = vcrypto_put64(value);

	memcpy(bytes + at, &wire, sizeof(wire));
}

static const struct head *head_of(enum head_kind kind, uint32_t service, uint32_t op_type)
{
	const struct head *rows = heads[kind];

	if (service == VCRYPTO_VIRTIO_CIPHER && op_type == VCRYPTO_VIRTIO_SYM_CHAIN)
		return &rows[SHAPE_CHAIN];
	return &rows[service];
}

size_t vcrypto_virtio_head_len(uint64_t features, enum head_kind kind, uint32_t service)
{
	if (!(features & VCRYPTO_VIRTIO_F_REVISION_1))
		return LEGACY_HEAD;
	return head_of(kind, service, 0)->len;
}

bool vcrypto_virtio_is_stateless(uint64_t features, uint32_t service)
{
	return (features & VCRYPTO_VIRTIO_F_REVISION_1) &&
	       (features & VCRYPTO_VIRTIO_F_CIPHER_STATELESS << service);
}

void vcrypto_virtio_get_numbers(enum head_kind kind, uint32_t service, const uint8_t *bytes,
				struct vcrypto_virtio_numbers *numbers)
{
	size_t op_type_at = head_of(kind, service, 0)->op_type;
	uint32_t op_type = op_type_at ? vcrypto_virtio_get32_at(bytes, op_type_at) : 0;
	const struct head *head = head_of(kind, service, op_type);
	const struct field *field = head->fields;
	const struct field *end = field + sizeof(head->fields) / sizeof(head->fields[0]);
	uint32_t value;

	memset(numbers, 0, sizeof(*numbers));
	for (; field < end && field->at; field++) {
		value = vcrypto_virtio_get32_at(bytes, field->at);
		memcpy((uint8_t *)numbers + field->member, &value, sizeof(value));
	}
}

static void put_numbers(enum head_kind kind, uint32_t service,
			const struct vcrypto_virtio_numbers *numbers, uint8_t *bytes)
{
	const struct head *head = head_of(kind, service, numbers->op_type);
	const struct field *field = head->fields;
	const struct field *end = field + sizeof(head->fields) / sizeof(head->fields[0]);
	uint32_t value;

	for (; field < end && field->at; field++) {
		memcpy(&value, (const uint8_t *)numbers + field->member, sizeof(value));
		put32_at(bytes, field->at, value);
	}
}

static uint32_t control_op(uint32_t service, uint32_t op)
{
	return service == VCRYPTO_VIRTIO_AKCIPHER ?
		       op - VCRYPTO_VIRTIO_CREATE + VCRYPTO_VIRTIO_CREATE_KEY : op;
}

size_t vcrypto_virtio_put_create(uint64_t features, enum vcrypto_virtio_service service,
				 const struct vcrypto_virtio_numbers *numbers,
				 uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD])
{
	memset(head, 0, VCRYPTO_VIRTIO_MAX_HEAD);
	put32_at(head, 0, VCRYPTO_VIRTIO_OPCODE(service, control_op(service,
								    VCRYPTO_VIRTIO_CREATE)));
	put32_at(head, 4, numbers->algo);
	put_numbers(HEAD_CREATE, service, numbers, head);
	return vcrypto_virtio_head_len(features, HEAD_CREATE, service);
}

size_t vcrypto_virtio_put_destroy(uint64_t features, enum vcrypto_virtio_service service,
				  uint64_t id, uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD])
{
	memset(head, 0, VCRYPTO_VIRTIO_MAX_HEAD);
	put32_at(head, 0, VCRYPTO_VIRTIO_OPCODE(service, control_op(service,
								    VCRYPTO_VIRTIO_DESTROY)));
	put64_at(head, CONTROL_HEAD, id);
	return features & VCRYPTO_VIRTIO_F_REVISION_1 ? DESTROY_HEAD : LEGACY_HEAD;
}

size_t vcrypto_virtio_put_data(uint64_t features, const struct vcrypto_virtio_data *data,
			       uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD])
{
	bool stateless_head = vcrypto_virtio_is_stateless(features, data->service);
	enum head_kind kind = stateless_head ? HEAD_STATELESS : HEAD_DATA;
	bool digest = data->service == VCRYPTO_VIRTIO_HASH || data->service == VCRYPTO_VIRTIO_MAC;
	uint32_t op = data->service == VCRYPTO_VIRTIO_AKCIPHER ? data->op :
							 data->decrypt && !digest;

	memset(head, 0, VCRYPTO_VIRTIO_MAX_HEAD);
	put32_at(head, 0, VCRYPTO_VIRTIO_OPCODE(data->service, op));
	put32_at(head, 4, data->numbers.algo);
	put64_at(head, 8, data->stateless ? 0 : data->session);
	put32_at(head, 16, data->stateless ? 0 : VCRYPTO_VIRTIO_SESSION_MODE);
	put_numbers(kind, data->service, &data->numbers, head);
	return vcrypto_virtio_head_len(features, kind, data->service);
}
