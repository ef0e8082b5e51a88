// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the crypto API's transforms, each of which is a session of the device's when it is
 * used.  It is made by the channel's work, with memory of its own, and again when the
 * device has lost it.
 */
#include <linux/slab.h>

#include "client.h"

struct vc_key *vc_key_new(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac)
{
	struct vc_channel *channel = vc_channel_get(cipher, mac);
	struct vc_key *key;
	int ret;

	if (!channel)
		return NULL;
	key = kzalloc(sizeof(*key), GFP_KERNEL);
	ret = key ? vc_handle_take(channel->share, VC_SESSION, &key->handle) : -ENOMEM;
	if (ret) {
		kfree(key);
		vc_channel_put(channel);
		return NULL;
	}
	key->channel = channel;
	key->cipher = cipher;
	key->mac = mac;
	key->args.context = channel->context.number;
	key->args.session = key->handle.number;
	key->args.cipher = cipher ? cipher->id : VCRYPTO_CIPHER_NONE;
	key->args.cipher_key = key->bytes;
	key->args.mac = mac ? mac->id : VCRYPTO_MAC_NONE;
	key->args.mac_key = key->bytes;
	return key;
}

bool vc_key_usable(const struct vc_key *key)
{
	const struct vc_client *client;
	const struct vcrypto_device_limits *limits;

	if (!key)
		return false;
	client = key->channel->client;
	limits = &client->device->limits;
	return vc_client_offers(client, key->cipher, key->mac) &&
	       key->args.cipher_key_len <= limits->cipher_key &&
	       key->args.mac_key_len <= limits->mac_key;
}

void vc_key_set(struct vc_key *key, const u8 *bytes, unsigned int len)
{
	if (!key)
		return;
	/* A longer one is not usable. */
	memcpy(key->bytes, bytes, min_t(unsigned int, len, sizeof(key->bytes)));
	key->args.cipher_key_len = key->cipher ? len : 0;
	key->args.mac_key_len = key->mac ? len : 0;
	WRITE_ONCE(key->life, 0);
}

bool vc_key_ready(const struct vc_key *key)
{
	u32 life = READ_ONCE(key->life);

	return life && life == READ_ONCE(key->channel->queue->life);
}

static void forget(struct vc_request *request)
{
	kfree_sensitive(container_of(request, struct vc_key, request));
}

static void prepare(struct vc_key *key, void (*release)(struct vc_request *request))
{
	memset(&key->request, 0, sizeof(key->request));
	vc_request_init(&key->request, key->room,
			sizeof(key->room) - VC_REQUEST_CONTROL_AT(0), 0, release);
}

/* What the device has of an earlier key; if it has forgotten that, so much the better. */
static void free_held(struct vc_key *key)
{
	bool built;

	prepare(key, NULL);
	built = vcrypto_build_session_free(&key->request.message, key->args.context,
					   key->args.session);
	if (key->held == READ_ONCE(key->channel->queue->life))
		vc_channel_call(key->channel, &key->request, built);
	key->held = 0;
}

static int send_new(struct vc_key *key)
{
	bool built;
	int ret;

	prepare(key, NULL);
	built = vcrypto_build_session_new(&key->request.message, &key->args);
	ret = vc_channel_call(key->channel, &key->request, built);
	if (ret)
		return ret;
	key->held = key->request.life;
	WRITE_ONCE(key->made, key->made + 1);
	WRITE_ONCE(key->life, key->request.life);
	return 0;
}

/* What is to be tried again has been given up, here or there. */
static int make(struct vc_key *key)
{
	int ret = vc_channel_open(key->channel);

	if (ret)
		return ret;
	if (key->held)
		free_held(key);
	ret = send_new(key);
	if (ret == -VC_EUNKNOWN)
		key->channel->life = 0;
	if (ret == -EEXIST)
		key->held = key->request.life;
	return ret;
}

int vc_key_make(struct vc_key *key)
{
	unsigned int tries;
	int ret = 0;

	for (tries = 0; !vc_key_ready(key); tries++) {
		if (ret && ret != -VC_EUNKNOWN && ret != -VC_EGONE && ret != -EEXIST)
			return ret;
		if (tries == VC_MAX_TRIES)
			return -EIO;
		ret = make(key);
	}
	return 0;
}

void vc_key_lost(struct vc_key *key, u32 made)
{
	if (key->made != made)
		return;
	WRITE_ONCE(key->life, 0);
	key->held = 0;
	key->channel->life = 0;
}

/* Requests of a device that has gone are back, so the key may outlive the channel. */
void vc_key_free(struct vc_key *key)
{
	struct vc_channel *channel;
	bool built;

	if (!key)
		return;
	channel = key->channel;
	memzero_explicit(key->bytes, sizeof(key->bytes));
	prepare(key, forget);
	if (key->held) {
		built = vcrypto_build_session_free(&key->request.message, key->args.context,
						   key->args.session);
		WARN_ON_ONCE(!built);
		key->request.handle = key->handle;
		vc_queue_post(channel->queue, &key->request);
	} else {
		vc_handle_give(&key->handle);
	}
	vc_request_put(&key->request);
	vc_channel_put(channel);
}
