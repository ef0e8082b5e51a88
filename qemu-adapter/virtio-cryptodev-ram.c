/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's memory, as an IOThread may use it: only what is RAM and can be
 * written.  What else has an address, registers of devices above all, does not
 * exist for a lane: to access that takes the big lock, which a lane never
 * does, and may do anything, such as to unplug the device.
 */

#include "qemu/osdep.h"
#include "virtio-cryptodev-lane.h"

static void end_table(VirtIOCryptodevRAMTable *table)
{
    if (table->regions) {
        g_array_unref(table->regions);
        g_ptr_array_unref(table->owners);
    }
    *table = (VirtIOCryptodevRAMTable) { 0 };
}

static void unref_owner(void *owner)
{
    memory_region_unref(owner);
}

static void begin(MemoryListener *listener)
{
    VirtIOCryptodevRAM *ram = container_of(listener, VirtIOCryptodevRAM,
                                           listener);

    end_table(&ram->next);
    ram->next.regions = g_array_new(false, false,
                                    sizeof(struct vcrypto_region));
    ram->next.owners = g_ptr_array_new_with_free_func(unref_owner);
}

static bool is_usable(MemoryRegionSection *section)
{
    return memory_region_is_ram(section->mr) && !section->readonly &&
           !memory_region_is_ram_device(section->mr) &&
           !memory_region_is_rom(section->mr);
}

static void add(MemoryListener *listener, MemoryRegionSection *section)
{
    VirtIOCryptodevRAM *ram = container_of(listener, VirtIOCryptodevRAM,
                                           listener);
    struct vcrypto_region region;

    if (memory_region_is_iommu(section->mr)) {
        ram->translated = true;
    }
    if (!is_usable(section)) {
        return;
    }
    region.guest = section->offset_within_address_space;
    region.len = int128_get64(section->size);
    region.host = (uint8_t *)memory_region_get_ram_ptr(section->mr) +
                  section->offset_within_region;
    memory_region_ref(section->mr);
    g_array_append_val(ram->next.regions, region);
    g_ptr_array_add(ram->next.owners, section->mr);
}

static bool is_same(const VirtIOCryptodevRAMTable *a,
                    const VirtIOCryptodevRAMTable *b)
{
    return a->regions && a->regions->len == b->regions->len &&
           !memcmp(a->regions->data, b->regions->data,
                   a->regions->len * sizeof(struct vcrypto_region));
}

/* No lane is at work while its memory changes. */
static void use_table(VirtIOCryptodevRAM *ram)
{
    VirtIOCryptodev *dev = ram->dev;
    VirtIOCryptodevRAMTable old = ram->table;

    for (uint32_t i = 0; i < dev->num_queues; i++) {
        virtio_cryptodev_lane_lock(dev->queues[i].lane);
    }
    ram->table = ram->next;
    ram->memory.regions = (void *)ram->table.regions->data;
    ram->memory.count = ram->table.regions->len;
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        virtio_cryptodev_lane_remap(dev->queues[i].lane);
        virtio_cryptodev_lane_unlock(dev->queues[i].lane);
    }
    ram->next = (VirtIOCryptodevRAMTable) { 0 };
    end_table(&old);
}

static void commit(MemoryListener *listener)
{
    VirtIOCryptodevRAM *ram = container_of(listener, VirtIOCryptodevRAM,
                                           listener);

    if (is_same(&ram->table, &ram->next)) {
        end_table(&ram->next);
    } else {
        use_table(ram);
    }
}

bool virtio_cryptodev_ram_start(VirtIOCryptodevRAM *ram, VirtIOCryptodev *dev)
{
    ram->dev = dev;
    ram->translated = false;
    ram->listener = (MemoryListener) {
        .name = "virtio-cryptodev",
        .begin = begin,
        .region_add = add,
        .region_nop = add,
        .commit = commit,
    };
    memory_listener_register(&ram->listener, VIRTIO_DEVICE(dev)->dma_as);
    if (ram->translated) {
        virtio_cryptodev_ram_stop(ram);
        return false;
    }
    return true;
}

void virtio_cryptodev_ram_stop(VirtIOCryptodevRAM *ram)
{
    memory_listener_unregister(&ram->listener);
    end_table(&ram->next);
    end_table(&ram->table);
    ram->memory = (struct vcrypto_memory) { 0 };
}

/*
 * Where the guest is emulated, what was translated from these bytes is void.
 * address_space_unmap() is QEMU's function for that; it takes a reference away.
 */
static void tell_written(VirtIOCryptodev *dev, void *host, size_t len)
{
    ram_addr_t offset;
    MemoryRegion *mr = memory_region_from_host(host, &offset);

    if (mr && memory_region_get_dirty_log_mask(mr)) {
        memory_region_ref(mr);
        address_space_unmap(VIRTIO_DEVICE(dev)->dma_as, host, len, true, len);
    }
}

void virtio_cryptodev_written(VirtIOCryptodev *dev, const struct iovec *iov,
                              size_t count, size_t from)
{
    for (size_t i = 0; i < count; i++) {
        size_t skip = MIN(from, iov[i].iov_len);

        if (skip < iov[i].iov_len) {
            tell_written(dev, (uint8_t *)iov[i].iov_base + skip,
                         iov[i].iov_len - skip);
        }
        from -= skip;
    }
}
