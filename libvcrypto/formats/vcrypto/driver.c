// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The driver's half: builds requests, checks what comes back. */
#include <vcrypto/driver.h>

static uint32_t lower(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

static uint64_t known_ciphers(void)
{
	uint64_t known = 0;
	uint32_t id;

	for (id = 0; id < 64; id++)
		if (vcrypto_cipher_find(id))
			known |= vcrypto_algorithm_bit(id);
	return known;
}

static uint64_t known_macs(void)
{
	uint64_t known = 0;
	uint32_t id;

	for (id = 0; id < 64; id++)
		if (vcrypto_mac_find(id))
			known |= vcrypto_algorithm_bit(id);
	return known;
}

/* Copies a name up to the first byte that is not printable. */
static void copy_name(char *to, const char *from, size_t size)
{
	size_t i;

	memset(to, 0, size);
	for (i = 0; i + 1 < size && from[i] > ' ' && from[i] <= '~'; i++)
		to[i] = from[i];
}

bool vcrypto_check_config(const struct vcrypto_config *config,
			  struct vcrypto_device_limits *limits)
{
	if (vcrypto_get16(config->version) != VCRYPTO_WIRE_VERSION ||
	    vcrypto_get16(config->reserved) != 0)
		return false;
	limits->queues = lower(vcrypto_get32(config->queues), VCRYPTO_MAX_QUEUES);
	limits->contexts = lower(vcrypto_get32(config->max_contexts), VCRYPTO_MAX_CONTEXTS);
	limits->sessions = lower(vcrypto_get32(config->max_sessions), VCRYPTO_MAX_SESSIONS);
	limits->cipher_key = lower(vcrypto_get32(config->max_cipher_key), VCRYPTO_MAX_CIPHER_KEY);
	limits->mac_key = lower(vcrypto_get32(config->max_mac_key), VCRYPTO_MAX_MAC_KEY);
	limits->payload = lower(vcrypto_get32(config->max_payload), VCRYPTO_MAX_PAYLOAD);
	limits->aad = lower(vcrypto_get32(config->max_aad), VCRYPTO_MAX_AAD);
	limits->ciphers = vcrypto_get64(config->ciphers) & known_ciphers();
	limits->macs = vcrypto_get64(config->macs) & known_macs();
	copy_name(limits->backend, config->backend, sizeof(limits->backend));
	return limits->queues && limits->contexts && limits->sessions &&
	       limits->payload >= VCRYPTO_MIN_PAYLOAD;
}

/* In the order of the device: algorithms first, then keys (protocol 4.3). */
enum vcrypto_status vcrypto_check_session(const struct vcrypto_device_limits *limits,
					  const struct vcrypto_session_args *args)
{
	enum vcrypto_status status;

	status = vcrypto_check_algorithms(limits->ciphers, limits->macs, args->cipher, args->mac,
					  args->cipher_key_len, args->mac_key_len);
	if (status == VCRYPTO_OK && (args->cipher_key_len > limits->cipher_key ||
				     args->mac_key_len > limits->mac_key))
		status = VCRYPTO_BAD_KEY;
	return status;
}

/* Where the next piece of a control part goes. */
struct builder {
	uint8_t *at;
	size_t room;
	size_t len;
	bool full;
};

static void put(struct builder *builder, const void *bytes, size_t len)
{
	if (builder->full || len > builder->room - builder->len) {
		builder->full = true;
		return;
	}
	if (len)
		memcpy(builder->at + builder->len, bytes, len);
	builder->len += len;
}

/* Zero is what stands in len until all has been put. */
static bool built(struct vcrypto_message *message, const struct builder *builder)
{
	if (builder->full)
		return false;
	message->len = builder->len;
	return true;
}

static struct builder start(struct vcrypto_message *message, enum vcrypto_operation op,
			    uint32_t flags, uint32_t context, uint32_t session)
{
	struct builder builder = { (uint8_t *)message->control, message->size, 0, false };
	struct vcrypto_request_header header = {
		.version = vcrypto_put16(VCRYPTO_WIRE_VERSION),
		.op = vcrypto_put16((uint16_t)op),
		.flags = vcrypto_put32(flags),
		.context = vcrypto_put32(context),
		.session = vcrypto_put32(session),
	};

	message->len = 0;
	put(&builder, &header, sizeof(header));
	return builder;
}

static void prepare(struct vcrypto_message *message, uint32_t dst_len, uint16_t mac_len,
		    uint16_t iv_len)
{
	memset(message->header, 0, sizeof(*message->header));
	message->header->status = vcrypto_put32(VCRYPTO_STATUS_UNSET);
	message->expect.dst_len = dst_len;
	message->expect.dst_min = dst_len;
	message->expect.mac_len = mac_len;
	message->expect.iv_len = iv_len;
	message->expect.verifies = false;
}

bool vcrypto_build_context_open(struct vcrypto_message *message, uint32_t context)
{
	struct builder builder = start(message, VCRYPTO_OP_CONTEXT_OPEN, 0, context, 0);

	prepare(message, 0, 0, 0);
	return built(message, &builder);
}

bool vcrypto_build_context_close(struct vcrypto_message *message, uint32_t context)
{
	struct builder builder = start(message, VCRYPTO_OP_CONTEXT_CLOSE, 0, context, 0);

	prepare(message, 0, 0, 0);
	return built(message, &builder);
}

bool vcrypto_build_session_new(struct vcrypto_message *message,
			       const struct vcrypto_session_args *args)
{
	struct builder builder = start(message, VCRYPTO_OP_SESSION_NEW, 0, args->context,
				       args->session);
	struct vcrypto_session_new params = {
		.cipher = vcrypto_put16((uint16_t)args->cipher),
		.mac = vcrypto_put16((uint16_t)args->mac),
		.cipher_key_len = vcrypto_put32(args->cipher_key_len),
		.mac_key_len = vcrypto_put32(args->mac_key_len),
	};

	prepare(message, 0, 0, 0);
	if (args->cipher > 0xffff || args->mac > 0xffff ||
	    args->cipher_key_len > VCRYPTO_MAX_CIPHER_KEY ||
	    args->mac_key_len > VCRYPTO_MAX_MAC_KEY)
		return false;
	put(&builder, &params, sizeof(params));
	put(&builder, args->cipher_key, args->cipher_key_len);
	put(&builder, args->mac_key, args->mac_key_len);
	return built(message, &builder);
}

bool vcrypto_build_session_free(struct vcrypto_message *message, uint32_t context,
				uint32_t session)
{
	struct builder builder = start(message, VCRYPTO_OP_SESSION_FREE, 0, context,
				       session);

	prepare(message, 0, 0, 0);
	return built(message, &builder);
}

bool vcrypto_build_session_info(struct vcrypto_message *message, uint32_t context,
				uint32_t session)
{
	struct builder builder = start(message, VCRYPTO_OP_SESSION_INFO, 0, context,
				       session);

	prepare(message, sizeof(struct vcrypto_session_info), 0, 0);
	return built(message, &builder);
}

bool vcrypto_build_hash_copy(struct vcrypto_message *message, uint32_t context,
			     uint32_t to_session, uint32_t from_session)
{
	struct builder builder = start(message, VCRYPTO_OP_HASH_COPY, 0, context,
				       to_session);
	struct vcrypto_hash_copy params = { .source = vcrypto_put32(from_session) };

	put(&builder, &params, sizeof(params));
	prepare(message, 0, 0, 0);
	return built(message, &builder);
}

bool vcrypto_build_crypt(struct vcrypto_message *message, const struct vcrypto_crypt_args *args)
{
	uint32_t flags = (args->decrypt ? VCRYPTO_FLAG_DECRYPT : 0) |
			 (args->reset ? VCRYPTO_FLAG_RESET : 0) |
			 (args->more ? VCRYPTO_FLAG_MORE : 0);
	struct builder builder = start(message, VCRYPTO_OP_CRYPT, flags, args->context,
				       args->session);
	struct vcrypto_crypt params = {
		.src_len = vcrypto_put32(args->src_len),
		.dst_len = vcrypto_put32(args->dst_len),
		.iv_len = vcrypto_put16(args->iv_len),
		.iv_out_len = vcrypto_put16(args->iv_out_len),
		.mac_len = vcrypto_put16(args->mac_len),
	};

	prepare(message, args->dst_len, args->mac_len, args->iv_out_len);
	if (args->iv_len > VCRYPTO_MAX_IV)
		return false;
	put(&builder, &params, sizeof(params));
	put(&builder, args->iv, args->iv_len);
	return built(message, &builder);
}

bool vcrypto_build_authcrypt(struct vcrypto_message *message,
			     const struct vcrypto_authcrypt_args *args)
{
	uint32_t flags = (args->decrypt ? VCRYPTO_FLAG_DECRYPT : 0) |
			 (args->more ? VCRYPTO_FLAG_MORE : 0) |
			 (args->go_on ? VCRYPTO_FLAG_CONTINUE : 0);
	bool gets_tag = args->mode != VCRYPTO_AUTH_TLS && !args->decrypt && !args->more;
	struct builder builder = start(message, VCRYPTO_OP_AUTHCRYPT, flags, args->context,
				       args->session);
	struct vcrypto_authcrypt params = {
		.mode = vcrypto_put16((uint16_t)args->mode),
		.iv_len = vcrypto_put16(args->iv_len),
		.iv_out_len = vcrypto_put16(args->iv_out_len),
		.tag_len = vcrypto_put16(args->tag_len),
		.aad_len = vcrypto_put32(args->aad_len),
		.src_len = vcrypto_put32(args->src_len),
		.dst_len = vcrypto_put32(args->dst_len),
		.trailer_len = vcrypto_put32(args->trailer_len),
		.message_len = vcrypto_put64(args->message_len),
	};

	prepare(message, args->dst_len, gets_tag ? args->tag_len : 0, args->iv_out_len);
	if (args->mode == VCRYPTO_AUTH_TLS && args->decrypt)
		message->expect.dst_min = 0;
	message->expect.verifies = args->decrypt && !args->more;
	if (args->iv_len > VCRYPTO_MAX_IV)
		return false;
	put(&builder, &params, sizeof(params));
	put(&builder, args->iv, args->iv_len);
	return built(message, &builder);
}

bool vcrypto_build_counters(struct vcrypto_message *message)
{
	struct builder builder = start(message, VCRYPTO_OP_COUNTERS, 0, 0, 0);

	prepare(message, sizeof(struct vcrypto_counters), 0, 0);
	return built(message, &builder);
}

int vcrypto_check_response(const struct vcrypto_response_header *header, uint32_t used_len,
			   const struct vcrypto_expect *expect)
{
	uint32_t status = vcrypto_get32(header->status);
	uint32_t dst_len = vcrypto_get32(header->dst_len);
	uint16_t mac_len = vcrypto_get16(header->mac_len);
	uint16_t iv_len = vcrypto_get16(header->iv_len);

	if (used_len < sizeof(*header) || status >= VCRYPTO_STATUS_COUNT ||
	    vcrypto_get32(header->reserved) != 0)
		return -1;
	if (status == VCRYPTO_AUTH_FAILED && !expect->verifies)
		return -1;
	if (status != VCRYPTO_OK)
		return dst_len || mac_len || iv_len || used_len != sizeof(*header) ?
			-1 : (int)status;
	if (dst_len < expect->dst_min || dst_len > expect->dst_len ||
	    mac_len != expect->mac_len || iv_len != expect->iv_len)
		return -1;
	if (used_len != sizeof(*header) + (uint64_t)expect->dst_len + mac_len + iv_len)
		return -1;
	return VCRYPTO_OK;
}
