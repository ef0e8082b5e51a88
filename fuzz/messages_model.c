// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "messages_parts.h"

void model_init(struct model *model, bool own, enum session_layout force)
{
	uint32_t i;

	memset(model, 0, sizeof(*model));
	model->own = own;
	/* There is just one. */
	model->mode = own ? MODE_WHOLE : MODE_UNKNOWN;
	model->force = force;
	model->log_call = -1;
	for (i = 0; i < QUEUES_MAX; i++)
		model->queues[i].kick = model->queues[i].call = model->queues[i].err = -1;
}

uint32_t model_queues(const struct model *model)
{
	return model->mode == MODE_WHOLE ? DATA_QUEUES + !model->own :
	       model->mode == MODE_SESSION ? 64 : 65;
}

static uint64_t offered(const struct model *model)
{
	/* Version 1, indirect, event index, that there are protocol features, and the log. */
	return 0x174000000u | (model->mode == MODE_SESSION || model->own ? 0 : DEVICE_FEATURES);
}

/*
 * MQ, LOG_SHMFD, REPLY_ACK, CRYPTO_SESSION, CONFIG, INFLIGHT_SHMFD, RESET_DEVICE,
 * CONFIGURE_MEM_SLOTS, DEVICE_STATE; our own device has neither sessions as messages nor states.
 */
uint64_t model_protocol(const struct model *model)
{
	return model->own ? 0x0b20b : 0x8b28b;
}

/* Sessions. */

static int64_t create(const struct model *model, const struct sent *sent, struct outcome *out,
		      size_t *at)
{
	const uint8_t *bytes = sent->payload;
	bool is_new = sent->size == 1072;
	enum session_layout layout = model->force;
	size_t block = 8;

	if (is_new)
		layout = SESSION_QEMU_8_1;
	else if (layout == SESSION_NONE || layout == SESSION_QEMU_8_1)
		layout = bytes[36] ? SESSION_QEMU_7_0 :
			 bytes[32] == 1 || bytes[32] == 2 ? SESSION_QEMU_7_1 : SESSION_NONE;
	*at = is_new ? 1064 : 0;
	if (layout == SESSION_NONE || (is_new && model_get(sent, 0, 8) != 2) ||
	    (layout == SESSION_QEMU_7_0 && model_get(sent, 8, 4) != 2))
		return -3;
	if (layout == SESSION_QEMU_7_0)
		block = 12;
	out->numbers = (struct vcrypto_virtio_numbers){
		.algo = (uint32_t)model_get(sent, block, 4), .key_len = (uint32_t)model_get(sent, block + 4, 4),
		.auth_algo = (uint32_t)model_get(sent, block + 8, 4),
		.result_len = (uint32_t)model_get(sent, block + 12, 4),
		.auth_key_len = (uint32_t)model_get(sent, block + 16, 4),
		.aad_len = (uint32_t)model_get(sent, block + 20, 4), .op_type = bytes[block + 24],
		.direction = bytes[block + 25], .hash_mode = bytes[block + 26],
		.order = bytes[block + 27],
	};
	if (out->numbers.op_type == 1)
		out->numbers.auth_key_len = 0;
	if (out->numbers.key_len > 64 || out->numbers.auth_key_len > 512 ||
	    !model_runs(model))
		return -1;
	out->creates = true;
	out->key = bytes + 56;
	out->auth_key = bytes + 120;
	return world.answer;
}

/* The rest. */

static bool set_protocol(struct model *model, uint64_t protocol)
{
	enum mode mode = (protocol & 0x280) == 0x80 ? MODE_SESSION : MODE_WHOLE;

	if (protocol & ~model_protocol(model) ||
	    (model->mode != MODE_UNKNOWN && model->mode != mode))
		return false;
	model->mode = mode;
	model->protocol = protocol;
	model_negotiate(model);
	return true;
}

static bool set_features(struct model *model, uint64_t features)
{
	uint32_t i;

	if (features & ~offered(model))
		return false;
	model->features = features;
	for (i = 0; i < QUEUES_MAX && !(features >> 30 & 1); i++)
		model->queues[i].enabled = true;
	model_negotiate(model);
	return true;
}

static void reset_device(struct model *model)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		struct model_queue *queue = &model->queues[i];

		model_stop(queue);
		queue->enabled = queue->enabled && !(model->features >> 30 & 1);
		queue->has_returned = false;
		queue->base = 0;
		queue->kick = -1;
	}
	model_drop_sessions(model);
}

static void answer(struct outcome *out, uint64_t value)
{
	memcpy(out->reply, &value, 8);
	out->len = 8;
}

static bool on_config(const struct model *model, const struct sent *sent, struct outcome *out)
{
	uint64_t offset = model_get(sent, 0, 4), size = model_get(sent, 4, 4), i;

	if (offset + size > (model->own ? 64 : 56))
		return sent->request == GET_CONFIG;
	out->len = 12 + (uint32_t)size;
	memcpy(out->reply, sent->payload, 12);
	for (i = 0; i < size; i++)
		out->reply[12 + i] = (uint8_t)(offset + i + 1);
	return true;
}

static bool on_session(struct model *model, const struct sent *sent, struct outcome *out)
{
	int64_t id;
	size_t at;

	out->destroys = sent->request == CLOSE_CRYPTO_SESSION;
	if (out->destroys)
		return true;
	id = create(model, sent, out, &at);
	memset(out->reply, 0, sent->size);
	memcpy(out->reply + at, &id, 8);
	out->len = sent->size;
	return true;
}

static bool on_memory(struct model *model, const struct sent *sent)
{
	bool ok = sent->request == SET_MEM_TABLE ? model_set_table(model, sent) :
		  sent->request == ADD_MEM_REG ? model_add(model, sent, 8, sent->fds[0]) :
		  model_forget_region(model, sent);

	model_restart(model);
	return ok;
}

/* Whether it is done. */
static bool apply(struct model *model, const struct sent *sent, struct outcome *out)
{
	switch (sent->request) {
	case GET_FEATURES: answer(out, offered(model)); return true;
	case SET_FEATURES: return set_features(model, model_get(sent, 0, 8));
	case GET_PROTOCOL_FEATURES: answer(out, model_protocol(model)); return true;
	case SET_PROTOCOL_FEATURES: return set_protocol(model, model_get(sent, 0, 8));
	case GET_QUEUE_NUM: answer(out, model_queues(model)); return true;
	case GET_MAX_MEM_SLOTS: answer(out, model->own ? FEW_SLOTS : SLOTS); return true;
	case SET_OWNER:
	case RESET_OWNER: return true;
	case SET_MEM_TABLE:
	case ADD_MEM_REG:
	case REM_MEM_REG: return on_memory(model, sent);
	case SET_LOG_BASE: return model_set_log(model, sent, out);
	case GET_INFLIGHT_FD: return model_give_notes(model, sent, out);
	case SET_INFLIGHT_FD: return model_take_notes(model, sent);
	case SET_LOG_FD:
		if (!model_is_event(sent->fds[0]))
			return false;
		out->takes_file = true;
		model->log_call = sent->fds[0];
		return true;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR: return model_set_file(model, sent, out);
	case GET_CONFIG:
	case SET_CONFIG: return on_config(model, sent, out);
	case CREATE_CRYPTO_SESSION:
	case CLOSE_CRYPTO_SESSION: return on_session(model, sent, out);
	case RESET_DEVICE: reset_device(model); return true;
	case SET_DEVICE_STATE_FD:
		out->takes_file = model_start_state(model, sent);
		answer(out, out->takes_file ? 0x100 : 0x101);
		return true;
	case CHECK_DEVICE_STATE: answer(out, !model->state.good); return true;
	default: return model_on_ring(model, sent, out);
	}
}

/* Size and files: of what is known. */
static bool well_formed(const struct sent *sent)
{
	uint32_t size = sent->size, files = sent->fd_count;

	switch (sent->request) {
	case SET_MEM_TABLE:
		return files >= 1 && files <= 32 && size == 8 + 32 * files &&
		       model_get(sent, 0, 4) == files;
	case SET_LOG_BASE: return size == 16 && files == 1;
	case SET_DEVICE_STATE_FD: return size == 8 && files == 1;
	case GET_INFLIGHT_FD: return size == 24 && !files;
	case SET_INFLIGHT_FD: return size == 24 && files == 1;
	case SET_LOG_FD: return !size && files == 1;
	case SET_VRING_ADDR: return size == 40 && !files;
	case ADD_MEM_REG: return size == 40 && files == 1;
	case REM_MEM_REG: return size == 40 && files <= 1;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR: return size == 8 && files == !(model_get(sent, 0, 8) & 0x100);
	case GET_CONFIG:
	case SET_CONFIG:
		return size >= 12 && size <= 268 && size == 12 + model_get(sent, 4, 4) && !files;
	case CREATE_CRYPTO_SESSION: return (size == 632 || size == 1072) && !files;
	case GET_FEATURES:
	case SET_OWNER:
	case RESET_OWNER:
	case GET_PROTOCOL_FEATURES:
	case GET_QUEUE_NUM:
	case RESET_DEVICE:
	case CHECK_DEVICE_STATE:
	case GET_MAX_MEM_SLOTS: return !size && !files;
	default: return size == 8 && !files;
	}
}

/* The feature that it comes with; all bits: it is not known. */
static uint64_t needs(uint32_t request)
{
	switch (request) {
	case GET_QUEUE_NUM: return 1;
	case SET_LOG_BASE: return 1 << 1;
	case GET_INFLIGHT_FD:
	case SET_INFLIGHT_FD: return 1 << 12;
	case GET_CONFIG:
	case SET_CONFIG: return 1 << 9;
	case CREATE_CRYPTO_SESSION:
	case CLOSE_CRYPTO_SESSION: return 1 << 7;
	case RESET_DEVICE: return 1 << 13;
	case GET_MAX_MEM_SLOTS:
	case ADD_MEM_REG:
	case REM_MEM_REG: return 1 << 15;
	case SET_DEVICE_STATE_FD:
	case CHECK_DEVICE_STATE: return 1 << 19;
	case 1: case 2: case 3: case 4: case 5: case 7: case 8: case 9: case 10: case 11: case 12:
	case 13: case 14: case 15: case 16: case 18: return 0;
	default: return UINT64_MAX;
	}
}

static bool has_own_reply(uint32_t request)
{
	return request == 1 || request == 6 || request == 11 || request == 15 || request == 17 ||
	       request == 24 || request == 26 ||
	       request == 31 || request == 36 || request == 42 || request == 43;
}

void model_message(struct model *model, const struct sent *sent, struct outcome *out)
{
	bool wanted = sent->flags & 8 && model->protocol & 8;
	bool known = (model->protocol & needs(sent->request)) == needs(sent->request);
	uint32_t i;

	memset(out, 0, offsetof(struct outcome, reply));
	out->creates = out->destroys = out->waits = false;
	for (i = 0; i < sent->fd_count; i++)
		out->ends |= world_file(sent->fds[i]) == FILE_SOCKET &&
			     (sent->request != SET_DEVICE_STATE_FD || sent->split);
	out->ends |= (sent->flags & ~8u) != 1 || sent->size > 4096 || sent->fd_count > 32;
	out->ends |= sent->fd_count && 1 + world.open > (model->own ? FEW_FILES : FILES);
	out->waits = !out->ends && sent->request == CHECK_DEVICE_STATE && model->state.moves;
	if (out->waits) {
		world.seconds += 5;
		model_state_look(model);
	}
	out->ends |= known && !well_formed(sent);
	if (out->ends)
		return;
	out->fault = !known || !apply(model, sent, out);
	out->ends |= model->blocks;
	model->created += out->creates;
	out->replies = !out->ends && (known && has_own_reply(sent->request) ? !out->fault : wanted);
	out->ends |= out->fault && !out->replies;
	if (out->replies && !(known && has_own_reply(sent->request)))
		answer(out, out->fault);
}
