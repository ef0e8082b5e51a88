// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The format's limits, and config space, which shows them (protocol 2.3). */
#include <vcrypto/format.h>

bool vcrypto_limits_ok(const struct vcrypto_limits *limits)
{
	return limits->contexts >= 1 && limits->contexts <= VCRYPTO_MAX_CONTEXTS &&
	       limits->sessions >= 1 && limits->sessions <= VCRYPTO_MAX_SESSIONS &&
	       limits->payload >= VCRYPTO_MIN_PAYLOAD && limits->payload <= VCRYPTO_MAX_PAYLOAD &&
	       limits->aad <= VCRYPTO_MAX_AAD;
}

void vcrypto_format_config(const struct vcrypto_limits *limits, const struct vcrypto_lane *lane,
			   uint32_t queues, struct vcrypto_config *config)
{
	const struct vcrypto_capabilities *capabilities = vcrypto_lane_capabilities(lane);
	const char *name = vcrypto_lane_backend(lane)->name;
	size_t i;

	memset(config, 0, sizeof(*config));
	config->version = vcrypto_put16(VCRYPTO_WIRE_VERSION);
	config->queues = vcrypto_put32(queues);
	config->max_contexts = vcrypto_put32(limits->contexts);
	config->max_sessions = vcrypto_put32(limits->sessions);
	config->max_cipher_key = vcrypto_put32(VCRYPTO_MAX_CIPHER_KEY);
	config->max_mac_key = vcrypto_put32(VCRYPTO_MAX_MAC_KEY);
	config->max_payload = vcrypto_put32(limits->payload);
	config->max_aad = vcrypto_put32(limits->aad);
	config->ciphers = vcrypto_put64(capabilities->ciphers);
	config->macs = vcrypto_put64(capabilities->macs);
	for (i = 0; name[i] && i < sizeof(config->backend) - 1; i++)
		config->backend[i] = name[i];
}
