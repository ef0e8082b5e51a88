// SPDX-License-Identifier: GPL-2.0-only
/* What the device is and has done, in the virtio device's folder in sysfs. */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "base.h"
#include "node.h"

/* A device that does not answer must not keep readers, whom remove() waits for. */
#define TIMEOUT HZ

/* Of struct vcrypto_counters, in host byte order. */
enum counter {
	REQUESTS, FAILURES, CRYPT_REQUESTS, BYTES_IN, BYTES_OUT, SESSIONS_CREATED, CONTEXTS,
	SESSIONS, COUNTERS
};

static void add(const struct vcrypto_counters *from, u64 sums[COUNTERS])
{
	sums[REQUESTS] += vcrypto_get64(from->requests);
	sums[FAILURES] += vcrypto_get64(from->failures);
	sums[CRYPT_REQUESTS] += vcrypto_get64(from->crypt_requests);
	sums[BYTES_IN] += vcrypto_get64(from->bytes_in);
	sums[BYTES_OUT] += vcrypto_get64(from->bytes_out);
	sums[SESSIONS_CREATED] += vcrypto_get64(from->sessions_created);
	sums[CONTEXTS] += vcrypto_get32(from->contexts);
	sums[SESSIONS] += vcrypto_get32(from->sessions);
}

static int ask_queue(struct vc_queue *queue, u64 sums[COUNTERS])
{
	struct vc_request *request = vc_request_new(queue->pool,
						    sizeof(struct vcrypto_request_header),
						    sizeof(struct vcrypto_counters));
	bool built;
	int ret;

	if (!request)
		return -ENOMEM;
	built = vcrypto_build_counters(&request->message);
	ret = vc_request_call_timeout(queue, request, built, TIMEOUT);
	if (!ret)
		add((const struct vcrypto_counters *)request->answer, sums);
	vc_request_put(request);
	return ret;
}

static int ask(struct vc_device *device, u64 sums[COUNTERS])
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < device->queue_count; i++)
		ret = ask_queue(&device->queues[i], sums);
	/* It was reset meanwhile, and counts anew. */
	return ret == -VC_EGONE ? -EIO : ret;
}

/* Without a reference: remove() begins when nobody reads here any more. */
static struct vc_device *device_of(struct device *dev)
{
	return dev_to_virtio(dev)->priv;
}

static ssize_t counter_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct dev_ext_attribute *counter = container_of(attr, struct dev_ext_attribute, attr);
	struct vc_device *device = device_of(dev);
	u64 sums[COUNTERS] = {};
	int ret;

	ret = ask(device, sums);
	return ret ? ret : sysfs_emit(to, "%llu\n", sums[(uintptr_t)counter->var]);
}

#define COUNTER(name, index) \
	static struct dev_ext_attribute counter_##name = { \
		__ATTR(name, 0444, counter_show, NULL), (void *)(index) \
	}

COUNTER(requests, REQUESTS);
COUNTER(failures, FAILURES);
COUNTER(crypt_requests, CRYPT_REQUESTS);
COUNTER(bytes_in, BYTES_IN);
COUNTER(bytes_out, BYTES_OUT);
COUNTER(sessions_created, SESSIONS_CREATED);
COUNTER(contexts, CONTEXTS);
COUNTER(sessions, SESSIONS);

static struct attribute *counter_attributes[] = {
	&counter_requests.attr.attr,
	&counter_failures.attr.attr,
	&counter_crypt_requests.attr.attr,
	&counter_bytes_in.attr.attr,
	&counter_bytes_out.attr.attr,
	&counter_sessions_created.attr.attr,
	&counter_contexts.attr.attr,
	&counter_sessions.attr.attr,
	NULL
};

static const struct attribute_group counter_group = {
	.name = "counters",
	.attrs = counter_attributes,
};

static ssize_t backend_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%s\n", device_of(dev)->limits.backend);
}
static DEVICE_ATTR_RO(backend);

static const char *cipher_name(u32 id)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(id);

	return cipher ? cipher->name : NULL;
}

static const char *mac_name(u32 id)
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(id);

	return mac ? mac->name : NULL;
}

/* One name a line. */
static ssize_t list(u64 offered, const char *(*name)(u32 id), char *to)
{
	ssize_t len = 0;
	u32 id;

	for (id = 0; id < 64; id++)
		if ((offered & vcrypto_algorithm_bit(id)) && name(id))
			len += sysfs_emit_at(to, len, "%s\n", name(id));
	return len;
}

static ssize_t ciphers_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return list(READ_ONCE(device_of(dev)->limits.ciphers), cipher_name, to);
}
static DEVICE_ATTR_RO(ciphers);

static ssize_t macs_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return list(READ_ONCE(device_of(dev)->limits.macs), mac_name, to);
}
static DEVICE_ATTR_RO(macs);

/* Asks nobody: this is what to look at when the device does not answer. */
static ssize_t in_flight_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct vc_device *device = device_of(dev);
	unsigned int i, sum = 0;

	for (i = 0; i < device->queue_count; i++)
		sum += vc_queue_in_flight(&device->queues[i]);
	return sysfs_emit(to, "%u\n", sum);
}
static DEVICE_ATTR_RO(in_flight);

/* All queues are of one size. */
static ssize_t queue_size_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%u\n", READ_ONCE(device_of(dev)->queues[0].size));
}
static DEVICE_ATTR_RO(queue_size);

/* The driver's own counters, a line for each queue. */
static ssize_t queue_requests_show(struct device *dev, struct device_attribute *attr, char *to)
{
	struct vc_device *device = device_of(dev);
	ssize_t len = 0;
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		len += sysfs_emit_at(to, len, "%lu\n", READ_ONCE(device->queues[i].requests));
	return len;
}
static DEVICE_ATTR_RO(queue_requests);

static ssize_t queue_notifications_show(struct device *dev, struct device_attribute *attr,
					char *to)
{
	struct vc_device *device = device_of(dev);
	ssize_t len = 0;
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		len += sysfs_emit_at(to, len, "%lu\n",
				     READ_ONCE(device->queues[i].notifications));
	return len;
}
static DEVICE_ATTR_RO(queue_notifications);

static struct attribute *attributes[] = {
	&dev_attr_backend.attr,
	&dev_attr_queue_size.attr,
	&dev_attr_queue_requests.attr,
	&dev_attr_queue_notifications.attr,
	&dev_attr_in_flight.attr,
	&dev_attr_ciphers.attr,
	&dev_attr_macs.attr,
	NULL
};

static const struct attribute_group group = {
	.attrs = attributes,
};

const struct attribute_group *vc_attribute_groups[] = { &group, &counter_group, NULL };
