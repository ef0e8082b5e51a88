// SPDX-License-Identifier: GPL-2.0-only
/* The devices that the kernel has for itself, and its context in each of their queues. */
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "client.h"

static LIST_HEAD(clients);
static DEFINE_MUTEX(clients_lock);

/* Nothing that a block device waits for waits for memory. */
static struct workqueue_struct *workqueue;
static work_func_t channel_work;

/* Which have not been freed. */
static atomic_t alive;
static DECLARE_WAIT_QUEUE_HEAD(none_alive);

int vc_channel_call(struct vc_channel *channel, struct vc_request *request, bool built)
{
	int ret = vc_request_call(channel->queue, request, built);

	vc_request_put(request);
	return ret;
}

/* The handle is ours: if it is in use, then by what was open already. */
int vc_channel_open(struct vc_channel *channel)
{
	struct vc_request *request = &channel->request;
	bool built;
	int ret;

	if (channel->life == READ_ONCE(channel->queue->life))
		return 0;
	memset(request, 0, sizeof(*request));
	vc_request_init(request, channel->room, sizeof(struct vcrypto_request_header), 0, NULL);
	built = vcrypto_build_context_open(&request->message, channel->context.number);
	ret = vc_channel_call(channel, request, built);
	if (ret == -EEXIST)
		ret = 0;
	if (!ret)
		channel->life = request->life;
	return ret;
}

/* Its last one: the device is gone, and all requests are back. */
static void free_client(struct kref *refs)
{
	struct vc_client *client = container_of(refs, struct vc_client, refs);
	struct vc_channel *channel;
	unsigned int i;

	for (i = 0; i < client->channel_count; i++) {
		channel = &client->channels[i];
		vc_handle_give(&channel->context);
		if (channel->share)
			vc_share_put(channel->share);
	}
	vc_device_put(client->device);
	kfree(client);
	if (atomic_dec_and_test(&alive))
		wake_up(&none_alive);
}

static void put(struct vc_client *client)
{
	kref_put(&client->refs, free_client);
}

void vc_channel_put(struct vc_channel *channel)
{
	put(channel->client);
}

void vc_channel_kick(struct vc_channel *channel)
{
	kref_get(&channel->client->refs);
	if (!queue_work(workqueue, &channel->work))
		put(channel->client);
}

void vc_channel_remind(struct vc_channel *channel)
{
	kref_get(&channel->client->refs);
	if (!queue_delayed_work(workqueue, &channel->remind, VC_POLL_INTERVAL))
		put(channel->client);
}

/* A device that brings some back now and then needs no reminding. */
static void remind(struct work_struct *work)
{
	struct vc_channel *channel = container_of(to_delayed_work(work), struct vc_channel,
						  remind);
	unsigned int done = READ_ONCE(channel->done);

	if (READ_ONCE(channel->jobs)) {
		if (done == channel->seen)
			vc_queue_nudge(channel->queue);
		channel->seen = done;
		vc_channel_remind(channel);
	}
	put(channel->client);
}

static int init_channel(struct vc_channel *channel, struct vc_queue *queue)
{
	channel->queue = queue;
	spin_lock_init(&channel->lock);
	INIT_LIST_HEAD(&channel->todo);
	INIT_LIST_HEAD(&channel->backlog);
	INIT_WORK(&channel->work, channel_work);
	INIT_DELAYED_WORK(&channel->remind, remind);
	channel->share = vc_share_get(&queue->shares, current_uid());
	if (!channel->share)
		return -ENOMEM;
	return vc_handle_take(channel->share, VC_CONTEXT, &channel->context);
}

int vc_client_add(struct vc_device *device)
{
	struct vc_client *client = kzalloc(struct_size(client, channels, device->queue_count),
					   GFP_KERNEL);
	int ret = 0;

	if (!client)
		return -ENOMEM;
	atomic_inc(&alive);
	kref_init(&client->refs);
	kref_get(&device->refs);
	client->device = device;
	while (!ret && client->channel_count < device->queue_count) {
		struct vc_channel *channel = &client->channels[client->channel_count];

		channel->client = client;
		ret = init_channel(channel, &device->queues[client->channel_count++]);
	}
	if (ret) {
		put(client);
		return ret;
	}
	mutex_lock(&clients_lock);
	list_add_tail(&client->link, &clients);
	mutex_unlock(&clients_lock);
	return 0;
}

/* With the lock. */
static struct vc_client *find(const struct vc_device *device)
{
	struct vc_client *client;

	list_for_each_entry(client, &clients, link)
		if (client->device == device)
			return client;
	return NULL;
}

void vc_client_remove(struct vc_device *device)
{
	struct vc_client *client;

	mutex_lock(&clients_lock);
	client = find(device);
	if (client)
		list_del(&client->link);
	mutex_unlock(&clients_lock);
	if (client)
		put(client);
}

bool vc_client_offers(const struct vc_client *client, const struct vcrypto_cipher *cipher,
		      const struct vcrypto_mac *mac)
{
	const struct vc_device *device = client->device;

	if (READ_ONCE(device->queues[0].error))
		return false;
	return cipher ? READ_ONCE(device->limits.ciphers) & vcrypto_algorithm_bit(cipher->id) :
			READ_ONCE(device->limits.macs) & vcrypto_algorithm_bit(mac->id);
}

/* With the lock. */
static struct vc_client *first(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac)
{
	struct vc_client *client;

	list_for_each_entry(client, &clients, link)
		if (vc_client_offers(client, cipher, mac))
			return client;
	return NULL;
}

bool vc_clients_offer(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac)
{
	bool found;

	mutex_lock(&clients_lock);
	found = first(cipher, mac);
	mutex_unlock(&clients_lock);
	return found;
}

struct vc_channel *vc_channel_get(const struct vcrypto_cipher *cipher,
				  const struct vcrypto_mac *mac)
{
	struct vc_client *client;

	mutex_lock(&clients_lock);
	client = first(cipher, mac);
	if (client)
		kref_get(&client->refs);
	mutex_unlock(&clients_lock);
	if (!client)
		return NULL;
	return &client->channels[(unsigned int)atomic_inc_return(&client->next_channel) %
				 client->channel_count];
}

int vc_clients_init(work_func_t work)
{
	channel_work = work;
	workqueue = alloc_workqueue(KBUILD_MODNAME "_kernel",
				    VC_WQ_PERCPU | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	return workqueue ? 0 : -ENOMEM;
}

/* What reminds has a reference, and its time may not have come. */
void vc_clients_exit(void)
{
	wait_event(none_alive, !atomic_read(&alive));
	destroy_workqueue(workqueue);
}
