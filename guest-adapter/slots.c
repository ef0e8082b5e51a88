// SPDX-License-Identifier: GPL-2.0-only
/* Which device has which number, and with it which node in /dev. */
#include <linux/mutex.h>

#include "device.h"

static struct vc_device *slots[VC_MAX_DEVICES];
static DEFINE_MUTEX(slots_lock);

int vc_slots_add(struct vc_device *device)
{
	unsigned int i;

	mutex_lock(&slots_lock);
	for (i = 0; i < VC_MAX_DEVICES && slots[i]; i++)
		;
	if (i < VC_MAX_DEVICES) {
		device->number = i;
		slots[i] = device;
	}
	mutex_unlock(&slots_lock);
	return i < VC_MAX_DEVICES ? 0 : -ENOSPC;
}

void vc_slots_remove(struct vc_device *device)
{
	mutex_lock(&slots_lock);
	slots[device->number] = NULL;
	mutex_unlock(&slots_lock);
}

struct vc_device *vc_slots_get(unsigned int number)
{
	struct vc_device *device;

	mutex_lock(&slots_lock);
	device = slots[number];
	if (device)
		kref_get(&device->refs);
	mutex_unlock(&slots_lock);
	return device;
}

static bool works(const struct vc_device *device)
{
	return device && !READ_ONCE(device->queues[0].error);
}

struct vc_device *vc_slots_first(void)
{
	struct vc_device *device = NULL;
	unsigned int i;

	mutex_lock(&slots_lock);
	for (i = 0; i < VC_MAX_DEVICES && !works(slots[i]); i++)
		;
	if (i < VC_MAX_DEVICES) {
		device = slots[i];
		kref_get(&device->refs);
	}
	mutex_unlock(&slots_lock);
	return device;
}
