// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/virtio_config.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "vring.h"

#define QUEUE_PAGES 6
#define COMMAND 4 /* of PCI's registers, and two of its bits */
#define MEMORY_AND_MASTER 6
#define CAPABILITIES 0x34
#define VENDOR_CAPABILITY 9
#define RESET_TRIES 10000

/* The folder of its PCI device in sysfs. */
static char *find_device(void)
{
	char line[16], *folder = NULL;
	glob_t found;
	size_t i;

	REQUIRE(glob("/sys/bus/virtio/devices/*/device", 0, NULL, &found) == 0);
	for (i = 0; i < found.gl_pathc && !folder; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");

		REQUIRE(file && fgets(line, sizeof(line), file));
		fclose(file);
		if (strtoul(line, NULL, 16) != 20)
			continue;
		/* .../PCI device/virtioN/device */
		folder = realpath(found.gl_pathv[i], NULL);
		REQUIRE(folder);
		*strrchr(folder, '/') = '\0';
		*strrchr(folder, '/') = '\0';
	}
	globfree(&found);
	REQUIRE(folder);
	return folder;
}

static int open_in(const char *folder, const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, flags);
	REQUIRE(fd >= 0);
	return fd;
}

static void unbind(const char *folder)
{
	const char *name = strrchr(folder, '/') + 1;
	int fd = open_in(folder, "driver/unbind", O_WRONLY);

	REQUIRE(write(fd, name, strlen(name)) == (ssize_t)strlen(name));
	close(fd);
}

static uint8_t *map_bar(const char *folder, const struct virtio_pci_cap *cap)
{
	char name[] = "resource0";
	uint8_t *bar;
	int fd;

	name[sizeof(name) - 2] = (char)('0' + cap->bar);
	fd = open_in(folder, name, O_RDWR);
	bar = mmap(NULL, cap->offset + cap->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(bar != MAP_FAILED);
	close(fd);
	return bar + cap->offset;
}

static void map_registers(struct vring_device *device, const char *folder)
{
	int config = open_in(folder, "config", O_RDWR);
	const uint16_t command = MEMORY_AND_MASTER;
	uint8_t registers[256], at;

	REQUIRE(pwrite(config, &command, sizeof(command), COMMAND) == sizeof(command));
	REQUIRE(pread(config, registers, sizeof(registers), 0) == sizeof(registers));
	close(config);
	for (at = registers[CAPABILITIES]; at; at = registers[at + 1]) {
		struct virtio_pci_notify_cap cap;

		if (registers[at] != VENDOR_CAPABILITY || at > sizeof(registers) - sizeof(cap))
			continue;
		memcpy(&cap, registers + at, sizeof(cap));
		if (cap.cap.cfg_type == VIRTIO_PCI_CAP_COMMON_CFG)
			device->common = (void *)map_bar(folder, &cap.cap);
		if (cap.cap.cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
			device->notify = map_bar(folder, &cap.cap);
			device->multiplier = cap.notify_off_multiplier;
		}
	}
	REQUIRE(device->common && device->notify);
}

static void make_queue(struct vring_queue *queue)
{
	uint8_t *pages = mmap(NULL, QUEUE_PAGES * VRING_PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	REQUIRE(pages != MAP_FAILED);
	REQUIRE(mlock(pages, QUEUE_PAGES * VRING_PAGE) == 0);
	queue->desc = (void *)pages;
	queue->avail = (void *)(pages + VRING_PAGE);
	queue->used = (void *)(pages + VRING_PAGE + 1024);
	queue->data = pages + 2 * VRING_PAGE;
}

void vring_open(struct vring_device *device)
{
	char *folder = find_device();
	unsigned int i;

	unbind(folder);
	map_registers(device, folder);
	for (i = 0; i < VRING_QUEUES; i++)
		make_queue(&device->queues[i]);
	free(folder);
}

uint64_t vring_address(const void *byte)
{
	static int pagemap = -1;
	uintptr_t virtual = (uintptr_t)byte;
	uint64_t entry;

	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY);
	REQUIRE(pread(pagemap, &entry, sizeof(entry),
		      (off_t)(virtual / VRING_PAGE * sizeof(entry))) == sizeof(entry));
	entry &= (1ull << 55) - 1;
	REQUIRE(entry);
	return entry * VRING_PAGE + virtual % VRING_PAGE;
}

static void put64(volatile __le32 *lo, volatile __le32 *hi, uint64_t value)
{
	*lo = (uint32_t)value;
	*hi = (uint32_t)(value >> 32);
}

static void start_queue(struct vring_device *device, uint16_t number)
{
	volatile struct virtio_pci_common_cfg *common = device->common;
	struct vring_queue *queue = &device->queues[number];

	memset(queue->desc, 0, (size_t)2 * VRING_PAGE);
	common->queue_select = number;
	REQUIRE(common->queue_size >= VRING_SIZE);
	common->queue_size = VRING_SIZE;
	put64(&common->queue_desc_lo, &common->queue_desc_hi, vring_address(queue->desc));
	put64(&common->queue_avail_lo, &common->queue_avail_hi, vring_address(queue->avail));
	put64(&common->queue_used_lo, &common->queue_used_hi, vring_address(queue->used));
	common->queue_enable = 1;
}

void vring_start(struct vring_device *device)
{
	volatile struct virtio_pci_common_cfg *common = device->common;
	uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	unsigned int tries = 0;
	uint16_t i;

	common->device_status = 0;
	while (common->device_status != 0)
		REQUIRE(tries++ < RESET_TRIES);
	common->device_status = status;
	common->guest_feature_select = 1;
	common->guest_feature = 1u << (VIRTIO_F_VERSION_1 - 32);
	common->device_status = status |= VIRTIO_CONFIG_S_FEATURES_OK;
	REQUIRE(common->device_status & VIRTIO_CONFIG_S_FEATURES_OK);
	for (i = 0; i < VRING_QUEUES; i++)
		start_queue(device, i);
	common->device_status = status | VIRTIO_CONFIG_S_DRIVER_OK;
}

void vring_describe(struct vring_queue *queue, unsigned int at, uint64_t address, uint32_t len,
		    uint16_t flags, unsigned int next)
{
	queue->desc[at] = (struct vring_desc){ address, len, flags, (uint16_t)next };
}

void vring_publish(struct vring_device *device, unsigned int queue, unsigned int idx)
{
	uint8_t *notify;

	device->common->queue_select = (uint16_t)queue;
	notify = device->notify + device->multiplier * device->common->queue_notify_off;
	__atomic_store_n(&device->queues[queue].avail->idx, (uint16_t)idx, __ATOMIC_RELEASE);
	*(volatile uint16_t *)(void *)notify = (uint16_t)queue;
}
