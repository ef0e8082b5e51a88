// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Everything that a device can lie about, and nothing that a driver believes. */
#include "roundtrip.h"

/* Another length than was asked for; as a rule the used length agrees with it. */
static void lie_consistently(struct input *in, struct vcrypto_response_header *header,
			     uint32_t *used_len)
{
	uint32_t more = input_below(in, 33) - 16;

	if (!input_rare(in, 4))
		*used_len += more;
	switch (input_below(in, 3)) {
	case 0:
		header->mac_len = vcrypto_put16((uint16_t)(vcrypto_get16(header->mac_len) + more));
		break;
	case 1:
		header->iv_len = vcrypto_put16((uint16_t)(vcrypto_get16(header->iv_len) + more));
		break;
	default:
		header->dst_len = vcrypto_put32(vcrypto_get32(header->dst_len) + more);
	}
}

static void lie_in_header(struct input *in, struct vcrypto_response_header *header,
			  uint32_t *used_len)
{
	uint8_t *bytes = (uint8_t *)header;

	switch (input_below(in, 7)) {
	case 0:
		break;
	case 1:
		header->status = vcrypto_put32(input_border(in));
		break;
	case 2:
		header->dst_len = vcrypto_put32(input_border(in));
		break;
	case 3:
		*used_len += input_below(in, 3) - 1;
		break;
	case 4:
		lie_consistently(in, header, used_len);
		break;
	case 5:
		bytes[input_below(in, sizeof(*header))] ^= (uint8_t)(1u << input_below(in, 8));
		break;
	default:
		*used_len = input_border(in);
	}
}

/* Protocol 5.2, a second time. */
static int judge(const struct vcrypto_response_header *header, uint32_t used_len,
		 const struct vcrypto_expect *expect)
{
	uint64_t sum = 16 + (uint64_t)expect->dst_len + expect->mac_len + expect->iv_len;
	uint32_t status = vcrypto_get32(header->status);
	uint32_t dst_len = vcrypto_get32(header->dst_len);
	bool right = dst_len >= expect->dst_min && dst_len <= expect->dst_len &&
		     vcrypto_get16(header->mac_len) == expect->mac_len &&
		     vcrypto_get16(header->iv_len) == expect->iv_len && used_len == sum;
	bool none = !vcrypto_get32(header->dst_len) && !vcrypto_get16(header->mac_len) &&
		    !vcrypto_get16(header->iv_len) && used_len == 16;

	if (vcrypto_get32(header->reserved) || status > 9u + expect->verifies)
		return -1;
	return (status ? none : right) ? (int)status : -1;
}

static void hostile_response(struct input *in)
{
	struct vcrypto_response_header header;
	struct vcrypto_expect expect = {
		.dst_len = input_rare(in, 4) ? input_border(in) : input_below(in, 256),
		.mac_len = (uint16_t)input_below(in, 65),
		.iv_len = (uint16_t)input_below(in, 17),
	};
	uint8_t what = input_u8(in);
	uint32_t status = what & 1 ? input_below(in, VCRYPTO_STATUS_COUNT) : 0;
	uint32_t used_len = 16;

	expect.verifies = what & 2;
	expect.dst_min = input_rare(in, 3) ? 0 : expect.dst_len;	/* a record (4.8.3) */
	memset(&header, 0, sizeof(header));
	header.status = vcrypto_put32(status);
	if (!status) {
		header.dst_len = vcrypto_put32(expect.dst_len);
		header.mac_len = vcrypto_put16(expect.mac_len);
		header.iv_len = vcrypto_put16(expect.iv_len);
		used_len += expect.dst_len + expect.mac_len + expect.iv_len;
	}
	lie_in_header(in, &header, &used_len);
	if (input_rare(in, 4))
		lie_in_header(in, &header, &used_len);
	CHECK(vcrypto_check_response(&header, used_len, &expect) ==
	      judge(&header, used_len, &expect));
}

static bool known(uint64_t ids, bool mac)
{
	uint32_t id;

	for (id = 0; id < 64; id++)
		if (ids >> id & 1 && !(mac ? (const void *)vcrypto_mac_find(id) :
					     (const void *)vcrypto_cipher_find(id)))
			return false;
	return true;
}

static void hostile_config(struct input *in)
{
	struct vcrypto_config config;
	struct vcrypto_device_limits limits;
	uint8_t *bytes = (uint8_t *)&config;
	size_t i;

	memset(&limits, 0xa5, sizeof(limits));
	if (input_rare(in, 4))
		memset(&config, 0xff, sizeof(config));
	else
		input_fill(in, &config, sizeof(config));
	config.version = vcrypto_put16(input_rare(in, 8) ? input_u16(in) : 1);
	config.reserved = vcrypto_put16(input_rare(in, 8));
	memset(config.backend, 'a', input_below(in, sizeof(config.backend) + 1));
	for (i = input_below(in, 8); i; i--)
		bytes[input_below(in, sizeof(config))] = input_u8(in);
	if (!vcrypto_check_config(&config, &limits))
		return;
	CHECK(vcrypto_get16(config.version) == 1 && !vcrypto_get16(config.reserved));
	CHECK(limits.queues >= 1 && limits.queues <= VCRYPTO_MAX_QUEUES);
	CHECK(limits.contexts >= 1 && limits.contexts <= VCRYPTO_MAX_CONTEXTS);
	CHECK(limits.sessions >= 1 && limits.sessions <= VCRYPTO_MAX_SESSIONS);
	CHECK(limits.payload >= 4096 && limits.payload <= VCRYPTO_MAX_PAYLOAD);
	CHECK(limits.cipher_key <= VCRYPTO_MAX_CIPHER_KEY);
	CHECK(limits.mac_key <= VCRYPTO_MAX_MAC_KEY && limits.aad <= VCRYPTO_MAX_AAD);
	CHECK(known(limits.ciphers, false) && known(limits.macs, true));
	CHECK(!limits.backend[VCRYPTO_BACKEND_NAME_LEN - 1]);
	for (i = 0; limits.backend[i]; i++)
		CHECK(limits.backend[i] > 0x20 && limits.backend[i] < 0x7f);
}

static size_t built(const struct vcrypto_message *message, bool ok)
{
	CHECK(ok == (message->len != 0));
	return message->len;
}

/* Room that does not suffice for the control part, exactly allocated. */
static void short_control(struct input *in)
{
	static const uint8_t key[VCRYPTO_MAX_MAC_KEY];
	const struct vcrypto_session_args session = {
		.cipher = input_u32(in) >> 8,
		.cipher_key = key,
		.cipher_key_len = input_below(in, VCRYPTO_MAX_CIPHER_KEY + 2),
		.mac_key = key,
		.mac_key_len = input_below(in, VCRYPTO_MAX_MAC_KEY + 2),
	};
	const struct vcrypto_crypt_args crypt = {
		.iv = key,
		.iv_len = (uint16_t)input_below(in, VCRYPTO_MAX_IV + 2),
	};
	const struct vcrypto_authcrypt_args auth = {
		.mode = VCRYPTO_AUTH_AEAD,
		.iv = key,
		.iv_len = crypt.iv_len,
	};
	bool keys_fit = session.cipher_key_len <= VCRYPTO_MAX_CIPHER_KEY &&
			session.mac_key_len <= VCRYPTO_MAX_MAC_KEY && session.cipher <= 0xffff;
	size_t session_len = 32 + (size_t)session.cipher_key_len + session.mac_key_len;
	size_t crypt_len = 32 + (size_t)crypt.iv_len;
	size_t size = input_below(in, 640);
	uint8_t *control = fuzz_alloc(size);
	struct vcrypto_response_header header;
	struct vcrypto_message message = { .control = control, .size = size, .header = &header };

	CHECK(built(&message, vcrypto_build_session_new(&message, &session)) ==
	      (keys_fit && session_len <= size ? session_len : 0));
	CHECK(built(&message, vcrypto_build_crypt(&message, &crypt)) ==
	      (crypt.iv_len <= VCRYPTO_MAX_IV && crypt_len <= size ? crypt_len : 0));
	CHECK(built(&message, vcrypto_build_authcrypt(&message, &auth)) ==
	      (auth.iv_len <= VCRYPTO_MAX_IV && crypt_len + 16 <= size ? crypt_len + 16 : 0));
	CHECK(built(&message, vcrypto_build_hash_copy(&message, 0, 1, 2)) ==
	      (size >= 24 ? 24 : 0));
	CHECK(built(&message, vcrypto_build_counters(&message)) == (size >= 16 ? 16 : 0));
	free(control);
}

void hostile_device(struct input *in)
{
	unsigned int i;

	switch (input_below(in, 4)) {
	case 0:
	case 1:
		for (i = 0; i < 4; i++)
			hostile_response(in);
		break;
	case 2:
		hostile_config(in);
		break;
	default:
		short_control(in);
	}
}
