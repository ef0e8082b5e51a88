// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ring_model.h"

static void note_read(struct ring_model *model, const uint8_t *from, size_t len)
{
	CHECK(model->read_count < MODEL_READS);
	model->reads[model->read_count].at = guest_place(from);
	model->reads[model->read_count].len = len;
	model->read_count++;
}

bool model_reads_once(struct ring_model *model)
{
	static bool seen[GUEST_ARENA];
	bool once = true;
	size_t i, k;

	for (i = 0; i < model->read_count; i++)
		for (k = 0; k < model->reads[i].len; k++) {
			bool *byte = &seen[model->reads[i].at + k];

			once &= !*byte;
			*byte = true;
		}
	for (i = 0; i < model->read_count; i++)
		memset(seen + model->reads[i].at, 0, model->reads[i].len);
	return once;
}

/* From one region, or from several. */
static bool read_bytes(struct ring_model *model, uint64_t at, void *to, size_t len)
{
	uint8_t *out = to;
	size_t here;

	for (; len; len -= here, at += here, out += here) {
		const struct vcrypto_region *region = guest_region(model->guest, at);
		const uint8_t *from;

		if (!region)
			return false;
		here = (size_t)(region->len - (at - region->guest));
		here = here < len ? here : len;
		from = guest_shadow_of(region->host) + (at - region->guest);
		note_read(model, from, here);
		memcpy(out, from, here);
	}
	return true;
}

/* A word of the ring; init has seen to it that it exists. */
static uint16_t read16(struct ring_model *model, uint64_t at)
{
	struct vcrypto_le16 word = { 0 };

	CHECK(read_bytes(model, at, &word, sizeof(word)));
	return vcrypto_get16(word);
}

/* What the device may write goes to the shadow alone. */
static void write16(struct ring_model *model, uint64_t at, uint16_t value)
{
	struct vcrypto_le16 word = vcrypto_put16(value);

	guest_allow(model->guest, at, &word, sizeof(word));
}

/* Inside one region, and aligned for guest and host. */
static bool part_ok(const struct guest *guest, uint64_t at, uint64_t len, uint64_t alignment)
{
	size_t i;

	for (i = 0; i < GUEST_REGIONS; i++) {
		const struct vcrypto_region *region = &guest->regions[i];
		uint64_t offset = at - region->guest;

		if (at >= region->guest && offset < region->len && len <= region->len - offset)
			return at % alignment == 0 &&
			       ((uintptr_t)region->host + offset) % alignment == 0;
	}
	return false;
}

bool model_init(struct ring_model *model, struct guest *guest)
{
	const struct vcrypto_vring_setup *setup = &guest->setup;
	bool size_ok = false;
	unsigned int i;

	for (i = 0; i <= 10; i++)
		size_ok |= setup->size == 1u << i;
	model->guest = guest;
	model->setup = *setup;
	model->longest = guest->longest > setup->size ? guest->longest : setup->size;
	model->next_avail = setup->next_avail;
	model->known_avail = setup->next_avail;
	model->next_used = setup->next_used;
	model->signalled = setup->next_used;
	if (!size_ok)
		model->setup.size = 0;
	memset(model->in_flight, 0, model->setup.size * sizeof(model->in_flight[0]));
	model->broken = !size_ok || !part_ok(guest, setup->desc, 16ull * setup->size, 16) ||
			!part_ok(guest, setup->avail, 6 + 2ull * setup->size, 2) ||
			!part_ok(guest, setup->used, 6 + 8ull * setup->size, 4);
	return !model->broken;
}

/* Adds the pieces of a buffer; false if a byte of it does not exist, or no room. */
static bool add_buffer(struct ring_model *model, const struct vcrypto_desc *desc, size_t capacity)
{
	bool writable = vcrypto_get16(desc->flags) & VCRYPTO_DESC_WRITE;
	uint64_t at = vcrypto_get64(desc->addr);
	uint64_t left = vcrypto_get32(desc->len);
	size_t i;

	if (!left || (!writable && model->writable))
		return false;
	while (left) {
		struct iovec *segment = &model->segments[model->readable + model->writable];
		uint64_t offset = 0;

		for (i = 0; i < GUEST_REGIONS; i++) {
			offset = at - model->guest->regions[i].guest;
			if (offset < model->guest->regions[i].len)
				break;
		}
		if (i == GUEST_REGIONS || !capacity)
			return false;
		if (model->readable + model->writable >= capacity)
			model->cut = true;
		if (model->cut && model->longest == model->setup.size)
			return false;
		segment->iov_base = (uint8_t *)model->guest->regions[i].host + offset;
		segment->iov_len = (size_t)(model->guest->regions[i].len - offset);
		if (segment->iov_len > left)
			segment->iov_len = (size_t)left;
		at += segment->iov_len;
		left -= segment->iov_len;
		*(writable ? &model->writable : &model->readable) += 1;
	}
	return true;
}

/* Replaces @table and @entries by the indirect table that @desc leads to. */
static bool enter(const struct ring_model *model, const struct vcrypto_desc *desc, bool nested,
		  uint64_t *table, uint32_t *entries)
{
	uint32_t len = vcrypto_get32(desc->len);

	if (nested || !(model->setup.features & VCRYPTO_VRING_F_INDIRECT))
		return false;
	if (vcrypto_get16(desc->flags) & VCRYPTO_DESC_NEXT)
		return false;
	if (len < 16 || len % 16 || len / 16 > model->longest)
		return false;
	*table = vcrypto_get64(desc->addr);
	*entries = len / 16;
	return *table <= UINT64_MAX - len;
}

static bool walk(struct ring_model *model, uint16_t head, size_t capacity)
{
	uint64_t table = model->setup.desc;
	uint32_t entries = model->setup.size;
	uint32_t index = head;
	uint32_t buffers = 0;
	uint64_t total = 0;
	bool indirect = false;

	for (;;) {
		struct vcrypto_desc desc = { .addr = { 0 } };
		uint16_t flags;

		if (index >= entries || !read_bytes(model, table + 16ull * index, &desc, 16))
			return false;
		flags = vcrypto_get16(desc.flags);
		if (flags > 7)
			return false;
		if (flags & VCRYPTO_DESC_INDIRECT) {
			if (!enter(model, &desc, indirect, &table, &entries))
				return false;
			indirect = true;
			index = 0;
			continue;
		}
		buffers++;
		total += vcrypto_get32(desc.len);
		if (buffers > model->longest || total >= 1ull << 32 ||
		    !add_buffer(model, &desc, capacity))
			return false;
		if (!(flags & VCRYPTO_DESC_NEXT))
			break;
		index = vcrypto_get16(desc.next);
	}
	if (!model->readable || !model->writable)
		return false;
	model->searched = model->readable + model->writable;
	if (model->cut) {	/* vcrypto_vring_allow(): the last one is left */
		model->segments[0] = model->segments[model->readable + model->writable - 1];
		model->readable = 0;
		model->writable = 1;
	}
	return true;
}

/* The index is loaded only when all that it announced before has been taken. */
static uint16_t available(struct ring_model *model)
{
	if (model->known_avail == model->next_avail)
		model->known_avail = read16(model, model->setup.avail + 2);
	if ((uint16_t)(model->known_avail - model->next_avail) > model->setup.size)
		model->broken = true;
	return (uint16_t)(model->known_avail - model->next_avail);
}

enum vcrypto_vring_state model_pop(struct ring_model *model, size_t capacity)
{
	uint64_t entry;

	model->read_count = 0;
	model->readable = 0;
	model->writable = 0;
	model->cut = false;
	if (!model->broken && !available(model))
		return VCRYPTO_VRING_EMPTY;
	if (model->broken)
		return VCRYPTO_VRING_BROKEN;
	entry = model->setup.avail + 4 + 2ull * (model->next_avail % model->setup.size);
	model->head = read16(model, entry);
	model->broken = model->head >= model->setup.size || model->in_flight[model->head] ||
			!walk(model, model->head, capacity);
	if (model->broken)
		return VCRYPTO_VRING_BROKEN;
	model->next_avail++;
	model->in_flight[model->head] = true;
	return VCRYPTO_VRING_READY;
}

void model_push(struct ring_model *model, uint16_t head, uint32_t written)
{
	struct vcrypto_used_elem elem = { vcrypto_put32(head), vcrypto_put32(written) };
	uint64_t used = model->setup.used;

	model->read_count = 0;
	if (head >= model->setup.size || !model->in_flight[head])
		return;
	model->in_flight[head] = false;
	guest_allow(model->guest, used + 4 + 8ull * (model->next_used % model->setup.size),
		    &elem, sizeof(elem));
	model->next_used++;
	write16(model, used + 2, model->next_used);
}

bool model_should_interrupt(struct ring_model *model)
{
	uint16_t at = model->signalled;
	uint16_t event;
	bool met = false;

	model->read_count = 0;
	if (at == model->next_used)
		return false;
	model->signalled = model->next_used;
	if (!(model->setup.features & VCRYPTO_VRING_F_EVENT_IDX))
		return !(read16(model, model->setup.avail) & 1);
	event = read16(model, model->setup.avail + 4 + 2ull * model->setup.size);
	for (; at != model->next_used; at++)
		met |= at == event;
	return met;
}

void model_disable_notify(struct ring_model *model)
{
	if (!model->broken && !(model->setup.features & VCRYPTO_VRING_F_EVENT_IDX))
		write16(model, model->setup.used, 1);
}

bool model_enable_notify(struct ring_model *model)
{
	model->read_count = 0;
	if (model->broken)
		return false;
	if (model->setup.features & VCRYPTO_VRING_F_EVENT_IDX)
		write16(model, model->setup.used + 4 + 8ull * model->setup.size,
			model->next_avail);
	else
		write16(model, model->setup.used, 0);
	return available(model) != 0;
}
