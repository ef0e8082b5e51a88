// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The standard's numbers of algorithms (virtio 1.3, 5.9.4), and config space. */
#include "virtio.h"

/* By the standard's number; those that are missing are not ours, or cannot be said. */
static const uint8_t ciphers[] = {
	[1] = VCRYPTO_CIPHER_ARC4,
	[2] = VCRYPTO_CIPHER_AES_ECB,
	[3] = VCRYPTO_CIPHER_AES_CBC,
	[4] = VCRYPTO_CIPHER_AES_CTR,
	[6] = VCRYPTO_CIPHER_DES_CBC,
	[8] = VCRYPTO_CIPHER_3DES_CBC,
	[13] = VCRYPTO_CIPHER_AES_XTS,
};

static const uint8_t hashes[] = {
	[1] = VCRYPTO_MAC_MD5,
	[2] = VCRYPTO_MAC_SHA1,
	[3] = VCRYPTO_MAC_SHA2_224,
	[4] = VCRYPTO_MAC_SHA2_256,
	[5] = VCRYPTO_MAC_SHA2_384,
	[6] = VCRYPTO_MAC_SHA2_512,
	[7] = VCRYPTO_MAC_SHA3_224,
	[8] = VCRYPTO_MAC_SHA3_256,
	[9] = VCRYPTO_MAC_SHA3_384,
	[10] = VCRYPTO_MAC_SHA3_512,
};

static const uint8_t macs[] = {
	[1] = VCRYPTO_MAC_HMAC_MD5,
	[2] = VCRYPTO_MAC_HMAC_SHA1,
	[3] = VCRYPTO_MAC_HMAC_SHA2_224,
	[4] = VCRYPTO_MAC_HMAC_SHA2_256,
	[5] = VCRYPTO_MAC_HMAC_SHA2_384,
	[6] = VCRYPTO_MAC_HMAC_SHA2_512,
	[26] = VCRYPTO_MAC_CMAC_AES,
};

static const uint8_t aeads[] = {
	[1] = VCRYPTO_CIPHER_AES_GCM,
	[2] = VCRYPTO_CIPHER_AES_CCM,
	[3] = VCRYPTO_CIPHER_CHACHA20_POLY1305,
};

/* The core's numbers by the standard's. */
struct numbering {
	const uint8_t *ids;
	uint32_t count;
};

#define NUMBERING(table) { table, sizeof(table) / sizeof((table)[0]) }

static const struct numbering numberings[] = {
	[VCRYPTO_VIRTIO_CIPHER] = NUMBERING(ciphers),
	[VCRYPTO_VIRTIO_HASH] = NUMBERING(hashes),
	[VCRYPTO_VIRTIO_MAC] = NUMBERING(macs),
	[VCRYPTO_VIRTIO_AEAD] = NUMBERING(aeads),
};

static uint32_t find(enum vcrypto_virtio_service service, uint32_t number)
{
	const struct numbering *numbering = &numberings[service];

	return number < numbering->count ? numbering->ids[number] : 0;
}

static bool find_chain(const struct vcrypto_virtio_numbers *numbers,
		       struct algorithms *algorithms)
{
	const struct vcrypto_cipher *cipher;

	algorithms->cipher = find(VCRYPTO_VIRTIO_CIPHER, numbers->algo);
	if (numbers->hash_mode == VCRYPTO_VIRTIO_MODE_PLAIN)
		algorithms->mac = find(VCRYPTO_VIRTIO_HASH, numbers->auth_algo);
	else if (numbers->hash_mode == VCRYPTO_VIRTIO_MODE_AUTH)
		algorithms->mac = find(VCRYPTO_VIRTIO_MAC, numbers->auth_algo);
	cipher = vcrypto_cipher_find(algorithms->cipher);
	/* The core does no chain with the other two kinds. */
	return cipher && algorithms->mac && !cipher->max_unit &&
	       cipher->chaining != VCRYPTO_CHAIN_STATE;
}

bool vcrypto_virtio_find_algorithms(enum vcrypto_virtio_service service,
				    const struct vcrypto_virtio_numbers *numbers,
				    struct algorithms *algorithms)
{
	uint32_t id;

	*algorithms = (struct algorithms){ 0, 0 };
	if (service == VCRYPTO_VIRTIO_CIPHER && numbers->op_type == VCRYPTO_VIRTIO_SYM_CHAIN)
		return find_chain(numbers, algorithms);
	if (service == VCRYPTO_VIRTIO_CIPHER && numbers->op_type != VCRYPTO_VIRTIO_SYM_CIPHER)
		return false;
	id = find(service, numbers->algo);
	if (service == VCRYPTO_VIRTIO_CIPHER || service == VCRYPTO_VIRTIO_AEAD)
		algorithms->cipher = id;
	else
		algorithms->mac = id;
	return id != 0;
}

/* What of a service there is, of @offered, a bitmap of the core's numbers. */
static uint32_t mask(enum vcrypto_virtio_service service, uint64_t offered)
{
	uint32_t bits = 0;
	uint32_t number;

	for (number = 1; number < numberings[service].count; number++)
		if (offered & vcrypto_algorithm_bit(find(service, number)) & ~(uint64_t)1)
			bits |= 1u << number;
	return bits;
}

void vcrypto_virtio_config(const struct vcrypto_virtio *device, uint32_t queues,
			   struct vcrypto_virtio_config *config)
{
	const struct vcrypto_capabilities *capabilities = vcrypto_lane_capabilities(device->lane);
	const uint32_t masks[] = {
		[VCRYPTO_VIRTIO_CIPHER] = mask(VCRYPTO_VIRTIO_CIPHER, capabilities->ciphers),
		[VCRYPTO_VIRTIO_HASH] = mask(VCRYPTO_VIRTIO_HASH, capabilities->macs),
		[VCRYPTO_VIRTIO_MAC] = mask(VCRYPTO_VIRTIO_MAC, capabilities->macs),
		[VCRYPTO_VIRTIO_AEAD] = mask(VCRYPTO_VIRTIO_AEAD, capabilities->ciphers),
	};
	uint32_t keys = device->akcipher ? capabilities->keys : 0;
	uint32_t services = keys ? 1u << VCRYPTO_VIRTIO_AKCIPHER : 0;
	uint32_t i;

	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		if (masks[i])
			services |= 1u << i;
	memset(config, 0, sizeof(*config));
	config->status = vcrypto_put32(VCRYPTO_VIRTIO_HW_READY);
	config->max_dataqueues = vcrypto_put32(queues);
	config->crypto_services = vcrypto_put32(services);
	config->cipher_algo_l = vcrypto_put32(masks[VCRYPTO_VIRTIO_CIPHER]);
	config->hash_algo = vcrypto_put32(masks[VCRYPTO_VIRTIO_HASH]);
	config->mac_algo_l = vcrypto_put32(masks[VCRYPTO_VIRTIO_MAC]);
	config->aead_algo = vcrypto_put32(masks[VCRYPTO_VIRTIO_AEAD]);
	config->max_cipher_key_len = vcrypto_put32(VCRYPTO_MAX_CIPHER_KEY);
	config->max_auth_key_len = vcrypto_put32(VCRYPTO_MAX_MAC_KEY);
	/* The standard has the same numbers for them as the core. */
	config->akcipher_algo = vcrypto_put32(keys);
	config->max_size = vcrypto_put64(device->limits.max_size);
}
