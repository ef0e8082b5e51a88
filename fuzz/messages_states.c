// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* States on their way. */
#include <errno.h>

#include "messages_parts.h"

static void end_state(struct model *model, bool good)
{
	if (model->state.loads && !good)
		model_drop_sessions(model);
	model->state.moves = false;
	model->state.good = good;
}

bool model_start_state(struct model *model, const struct sent *sent)
{
	uint64_t direction = model_get(sent, 0, 4), phase = model_get(sent, 4, 4);
	enum file kind = world_file(sent->fds[0]);
	uint32_t i;

	if (direction > 1 || phase || model_runs(model) || model->state.moves ||
	    (kind != FILE_PIPE && kind != FILE_SOCKET))
		return false;
	model->state = (struct model_state){
		.moves = true, .loads = direction, .since = world.seconds,
		.round = world.rounds,
	};
	/* The rings of a guest that comes go on anywhere. */
	for (i = 0; i < QUEUES_MAX && direction; i++)
		model->queues[i].has_returned = false;
	return true;
}

/* A buffer of 16 KiB, of which 4 are moved at once. */
static bool load_event(struct model *model)
{
	struct model_state *state = &model->state;
	size_t n = 16384 - state->len;

	n = n < 4096 ? n : 4096;
	n = (size_t)world.io < n ? (size_t)world.io : n;
	if (!n) {
		end_state(model, state->whole);
		return false;
	}
	state->since = world.seconds;
	state->len = world.keeps < state->len + n ? world.keeps : state->len + n;
	state->whole = world.loaded == VCRYPTO_VIRTIO_LOAD_DONE;
	if (world.loaded == VCRYPTO_VIRTIO_LOAD_BAD || (state->whole && state->len))
		end_state(model, false);
	return false;
}

static bool save_event(struct model *model)
{
	struct model_state *state = &model->state;
	size_t n;

	n = state->len < 4096 ? state->len : 4096;
	if ((size_t)world.io < n) {
		end_state(model, false);
		return true;
	}
	state->len -= n;
	state->since = world.seconds;
	return false;
}

bool model_state_event(struct model *model)
{
	struct model_state *state = &model->state;

	/* What is told in that round may be about the one before. */
	if (!state->moves || state->round == world.rounds)
		return false;
	if (model_runs(model)) {
		end_state(model, false);
		return false;
	}
	if (!state->loads && !state->len)
		state->len = world.saved < 16384 ? world.saved : 16384;
	if (!state->loads && !state->len) {
		end_state(model, true);
		return false;
	}
	if (world.io == -EAGAIN)
		return false;
	if (world.io < 0) {
		end_state(model, false);
		return world.io == -EINTR;
	}
	return state->loads ? load_event(model) : save_event(model);
}

void model_state_look(struct model *model)
{
	if (model->state.moves && world.seconds - model->state.since >= 5)
		end_state(model, false);
}
