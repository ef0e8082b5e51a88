// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Memory: regions, the dirty log, and what is written down of requests in flight. */
#include "messages_parts.h"

uint64_t model_get(const struct sent *sent, size_t at, size_t len)
{
	uint64_t value = 0;

	/* As the machine has it: both halves are on the same one. */
	if (len == 4) {
		uint32_t half;

		memcpy(&half, sent->payload + at, 4);
		return half;
	}
	memcpy(&value, sent->payload + at, 8);
	return value;
}

/* Whether @len bytes of the front end's lie in a region, at a guest's address so aligned. */
bool model_holds(const struct model *model, uint64_t user, uint64_t len, uint64_t alignment)
{
	uint32_t i;

	for (i = 0; i < model->regions_count; i++) {
		const struct model_region *region = &model->regions[i];
		uint64_t at = user - region->user;

		if (user >= region->user && at < region->size)
			return region->size - at >= len && !((region->guest + at) % alignment) &&
			       !((region->offset + at) % alignment);
	}
	return false;
}

/* What is written down of a queue. */
uint8_t *model_notes(const struct model *model, const struct model_queue *queue)
{
	size_t index = (size_t)(queue - model->queues);

	return model->notes.size && index < model->notes_queues ?
		       world_notes() + model->notes.offset +
			       index * ((16 + 16 * model->notes_size + 63) / 64 * 64) :
		       NULL;
}

uint16_t model_note16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static bool meets(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b ? b - a < a_len : a - b < b_len;
}

/* Bytes of whole pages. */
static uint64_t mapped(const struct model_region *region)
{
	uint64_t first = region->offset / 4096, last = (region->offset + region->size - 1) / 4096;

	return region->size ? (last - first + 1) * 4096 : 0;
}

static bool in_file(const struct model_region *region, int fd)
{
	bool mappable = world_file(fd) == FILE_MEMORY || world_file(fd) == FILE_NOTES;

	return mappable && region->offset <= FILE_BYTES &&
	       region->size <= FILE_BYTES - region->offset;
}

static uint64_t all_mapped(const struct model *model)
{
	uint64_t sum = mapped(&model->log) + mapped(&model->notes);
	uint32_t i;

	for (i = 0; i < model->regions_count; i++)
		sum += mapped(&model->regions[i]);
	return sum;
}

/* The old one counts until there is a new one. */
static bool notes_ok(const struct model *model, const struct sent *sent, uint32_t *queues,
		     uint32_t *size)
{
	*queues = model_note16(sent->payload + 16);
	*size = model_note16(sent->payload + 18);
	return *queues && *queues <= model_queues(model) && *size && *size <= 1024;
}

bool model_give_notes(const struct model *model, const struct sent *sent, struct outcome *out)
{
	uint32_t queues, size;

	if (!notes_ok(model, sent, &queues, &size))
		return false;
	memcpy(out->reply, sent->payload, 24);
	out->gives_file = queues * ((16 + 16 * (uint64_t)size + 63) / 64 * 64);
	memcpy(out->reply, &out->gives_file, 8);
	memset(out->reply + 8, 0, 8);
	out->len = 24;
	return true;
}

bool model_take_notes(struct model *model, const struct sent *sent)
{
	struct model_region notes = { 0, 0, 0, model_get(sent, 8, 8) };
	uint32_t queues, size, i;

	if (!notes_ok(model, sent, &queues, &size))
		return false;
	for (i = 0; i < QUEUES_MAX; i++)
		if (model->queues[i].running)
			return false;
	notes.size = queues * ((16 + 16 * (uint64_t)size + 63) / 64 * 64);
	if (model_get(sent, 0, 8) < notes.size || notes.offset % 64 || !in_file(&notes, sent->fds[0]) ||
	    all_mapped(model) + mapped(&notes) > MOST_MAPPED)
		return false;
	model->notes = notes;
	model->notes_queues = queues;
	model->notes_size = size;
	return true;
}

bool model_set_log(struct model *model, const struct sent *sent, struct outcome *out)
{
	struct model_region log = { 0, model_get(sent, 0, 8), 0, model_get(sent, 8, 8) };

	if (!log.size || !in_file(&log, sent->fds[0]) ||
	    all_mapped(model) + mapped(&log) > MOST_MAPPED)
		return false;
	model->log = log;
	out->len = 16;
	memcpy(out->reply, sent->payload, 16);
	return true;
}

bool model_add(struct model *model, const struct sent *sent, size_t at, int fd)
{
	struct model_region region = {
		model_get(sent, at, 8), model_get(sent, at + 8, 8), model_get(sent, at + 16, 8),
		model_get(sent, at + 24, 8),
	};
	uint32_t i;

	if (!region.size || region.guest > UINT64_MAX - region.size ||
	    region.user > UINT64_MAX - region.size)
		return false;
	if (!in_file(&region, fd))
		return false;
	for (i = 0; i < model->regions_count; i++) {
		const struct model_region *other = &model->regions[i];

		if (meets(region.guest, region.size, other->guest, other->size) ||
		    meets(region.user, region.size, other->user, other->size))
			return false;
	}
	if (all_mapped(model) + mapped(&region) > MOST_MAPPED)
		return false;
	if (model->regions_count == (model->own ? FEW_SLOTS : SLOTS))
		return false;
	model->regions[model->regions_count++] = region;
	return true;
}

bool model_set_table(struct model *model, const struct sent *sent)
{
	static struct model_region before[SLOTS];
	uint32_t count = model->regions_count, i;
	bool ok = true;

	memcpy(before, model->regions, count * sizeof(before[0]));
	model->regions_count = 0;
	for (i = 0; i < sent->fd_count && ok; i++)
		ok = model_add(model, sent, 8 + 32 * i, sent->fds[i]);
	if (!ok) {
		memcpy(model->regions, before, count * sizeof(before[0]));
		model->regions_count = count;
	}
	return ok;
}

bool model_forget_region(struct model *model, const struct sent *sent)
{
	uint32_t i;

	for (i = 0; i < model->regions_count; i++) {
		const struct model_region *region = &model->regions[i];

		if (region->guest != model_get(sent, 8, 8) || region->size != model_get(sent, 16, 8) ||
		    region->user != model_get(sent, 24, 8))
			continue;
		model->regions[i] = model->regions[--model->regions_count];
		return true;
	}
	return false;
}
