// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Rings. */
#include "messages_parts.h"

/*
 * Where it begins.  No guest has an answer, so its used index is 0; the daemon corrects what is
 * written down only after this.
 */
static uint16_t begin_at(const struct model *model, const struct model_queue *queue)
{
	const uint8_t *notes = model_notes(model, queue);
	bool over[1024] = { false };
	uint32_t left, steps, i;
	uint16_t head, count = 0;

	if (!notes || model_note16(notes + 8) != 1)
		return queue->base;
	left = (uint16_t)(0 - model_note16(notes + 14));
	head = model_note16(notes + 12);
	for (steps = 0; steps < queue->size && left && head < queue->size; steps++, left--) {
		over[head] = true;
		head = model_note16(notes + 16 + 16 * head + 6);
	}
	for (i = 0; i < queue->size; i++)
		count = (uint16_t)(count + (notes[16 + 16 * i] && !over[i]));
	return count;
}

/* All is there that it needs to run; @misplaced: but it is not in the memory. */
static bool can_run(const struct model *model, const struct model_queue *queue, bool *misplaced)
{
	*misplaced = false;
	if (!queue->size || !queue->has_address || queue->kick < 0 || !model->regions_count ||
	    !(queue->enabled || model->mode == MODE_SESSION))
		return false;
	*misplaced = !model_holds(model, queue->desc, 16 * queue->size, 16) ||
		     !model_holds(model, queue->avail, 6 + 2 * queue->size, 2) ||
		     !model_holds(model, queue->used, 6 + 8 * queue->size, 4) ||
		     (model_notes(model, queue) && queue->size > model->notes_size);
	return !*misplaced;
}

/* Who begins is told at once. */
static void tell(struct model *model, const struct model_queue *queue)
{
	model->blocks |= queue->call >= 0 && world_file(queue->call) == FILE_BLOCKS;
}

static bool start(struct model *model, struct model_queue *queue)
{
	bool misplaced = false;

	if (!queue->running && can_run(model, queue, &misplaced)) {
		queue->running = true;
		queue->at = begin_at(model, queue);
		model->started = true;
		tell(model, queue);
	}
	return !misplaced;
}

/* What is refused changes nothing. */
static bool start_or_undo(struct model *model, struct model_queue *queue,
			  const struct model_queue *before)
{
	if (start(model, queue))
		return true;
	*queue = *before;
	return false;
}

void model_stop(struct model_queue *queue)
{
	if (queue->running)
		queue->base = queue->at;
	queue->running = false;
}

/* Rings are looked up anew, and those that find all they need run. */
void model_restart(struct model *model)
{
	bool misplaced;
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		struct model_queue *queue = &model->queues[i];

		model_stop(queue);
		queue->running = can_run(model, queue, &misplaced);
		if (!queue->running)
			continue;
		queue->at = begin_at(model, queue);
		tell(model, queue);
	}
}

void model_negotiate(struct model *model)
{
	uint32_t i;

	model->negotiated = model->mode == MODE_SESSION || model->own ? 0 : model->features;
	for (i = 0; i < QUEUES_MAX; i++)
		(void)start(model, &model->queues[i]);
}

void model_drop_sessions(struct model *model)
{
	model->state.moves = model->state.good = false;
	model->resets += model->own ? DATA_QUEUES : 1;
	model->negotiated = model->mode == MODE_SESSION || model->own ? 0 : model->features;
}

static bool set_base(struct model *model, struct model_queue *queue, uint32_t value)
{
	if (queue->running || value > 0xffff)
		return false;
	if (queue->has_returned && value != queue->returned)
		model_drop_sessions(model);
	queue->has_returned = false;
	queue->base = (uint16_t)value;
	return true;
}

static bool set_addresses(struct model *model, struct model_queue *queue, const struct sent *sent)
{
	uint64_t desc = model_get(sent, 8, 8), used = model_get(sent, 16, 8),
		 avail = model_get(sent, 24, 8);
	struct model_queue before = *queue;

	if (queue->running && (desc != queue->desc || used != queue->used || avail != queue->avail))
		return false;
	queue->desc = desc;
	queue->used = used;
	queue->avail = avail;
	queue->logs = model_get(sent, 4, 4) & 1;
	queue->log = model_get(sent, 32, 8);
	queue->has_address = true;
	return start_or_undo(model, queue, &before);
}

bool model_is_event(int fd)
{
	enum file kind = world_file(fd);

	return kind == FILE_EVENT || kind == FILE_BLOCKS;
}

bool model_set_file(struct model *model, const struct sent *sent, struct outcome *out)
{
	uint64_t index = model_get(sent, 0, 8) & 0xff;
	struct model_queue *queue = &model->queues[index < QUEUES_MAX ? index : 0];
	int fd = sent->fd_count ? sent->fds[0] : -1;

	if (index >= model_queues(model))
		return false;
	if (sent->request == SET_VRING_KICK) {
		/* One that is no kick, or cannot be waited for, is closed, and the last one stays. */
		if (fd < 0 || (!model_is_event(fd) && world_file(fd) != FILE_PIPE))
			return false;
		queue->kick = fd;
		/* If the ring cannot run with it, both are gone. */
		if (!start(model, queue))
			queue->kick = -1;
		out->takes_file = queue->kick >= 0;
		return out->takes_file;
	}
	if (fd >= 0 && !model_is_event(fd))
		return false;
	out->takes_file = fd >= 0;
	if (sent->request == SET_VRING_ERR) {
		queue->err = fd;
		return true;
	}
	queue->call = fd;
	if (queue->running)
		tell(model, queue);
	return true;
}

bool model_on_ring(struct model *model, const struct sent *sent, struct outcome *out)
{
	uint32_t index = (uint32_t)model_get(sent, 0, 4), value = (uint32_t)model_get(sent, 4, 4);
	struct model_queue *queue = &model->queues[index < QUEUES_MAX ? index : 0];
	struct model_queue before = *queue;

	if (index >= model_queues(model))
		return false;
	switch (sent->request) {
	case SET_VRING_NUM:
		if (queue->running || !value || value > 1024 || value & (value - 1))
			return false;
		queue->size = value;
		return start_or_undo(model, queue, &before);
	case SET_VRING_ADDR:
		return set_addresses(model, queue, sent);
	case SET_VRING_BASE:
		return set_base(model, queue, value);
	case SET_VRING_ENABLE:
		if (value > 1)
			return false;
		queue->enabled = value;
		return start_or_undo(model, queue, &before);
	default:
		model_stop(queue);
		queue->kick = -1;
		queue->has_returned = true;
		queue->returned = queue->base;
		out->len = 8;
		memcpy(out->reply, &index, 4);
		value = queue->base;
		memcpy(out->reply + 4, &value, 4);
		return true;
	}
}

bool model_runs(const struct model *model)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++)
		if (model->queues[i].running)
			return true;
	return false;
}
