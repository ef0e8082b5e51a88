// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The standard's crypto device against a hostile guest: sessions are made, used, ended and
 * reset, features negotiated anew; requests are mostly valid, cut at random, at times wrong
 * in one place.  The model judges each by its bytes: status, used length, every
 * byte of the guest's memory, how many sessions there are.
 */
#include "scatter.h"
#include "scratch.h"
#include "virtio_crypto_model.h"
#include "watch.h"

#define BATCH 4
#define ROUNDS 4
#define BOUNCE VCRYPTO_MIN_PAYLOAD

/* Planted in keys, so that they can be found where they should not be. */
static const uint8_t mark[8] = { 0x9d, 'k', 'e', 'y', 0x5a, 0xc3, 0x17, 0xe2 };

struct device {
	const struct vcrypto_backend *backend;
	struct vcrypto_virtio *virtio;
	struct vcrypto_lane *lane;
	uint8_t *memory;
	size_t memory_len;
	uint64_t old;			/* the id of a session that has ended */
	struct vcrypto_virtio_counts counts;
	uint8_t bounce[BOUNCE];
};

static struct model model;
static bool marked;		/* some key has it */
static bool looks;		/* for what hardly ever fails, which is dear */
static bool watches;		/* control bytes, too */
static struct device *device;

/* A request on its way. */
struct chain {
	struct guess guess;
	uint8_t sent[MODEL_ROOM];	/* the readable half, as it was */
	uint8_t *in;
	uint8_t *out;
	size_t in_len, out_len;
	bool in_place;			/* the source is the destination, too */
	struct scatter readable, writable;
};

static struct chain chains[BATCH];
static struct vcrypto_io ios[BATCH];

/* --- a request --- */

/* One number of the head wrong, at times; true: it may be. */
static bool corrupt(struct input *in, struct bytes *bytes, size_t head)
{
	static const uint8_t deltas[] = { 1, 0xff, 16, 0xf0, 0x80 };
	size_t at;

	if (!input_rare(in, 12))
		return false;
	at = 4 * (size_t)input_below(in, (uint32_t)(head / 4));
	if (input_u8(in) & 1) {
		bytes->at[at] = (uint8_t)(bytes->at[at] +
					  deltas[input_below(in, sizeof(deltas))]);
	} else {
		uint32_t border = input_border(in);

		model_put32(bytes->at, at, border);
	}
	return true;
}

/* The lengths of both halves: too short at times, or longer than needed. */
static bool resize(struct input *in, struct bytes *bytes, size_t *out_len)
{
	bool cut = input_rare(in, 32);
	size_t slack = input_rare(in, 5) ? input_below(in, 20) : 0;

	memset(bytes->at + bytes->len, 0x5c, slack);
	bytes->len += slack;
	*out_len += slack;
	if (!cut)
		return false;
	if (input_u8(in) & 1)
		bytes->len = input_below(in, (uint32_t)bytes->len + 1);
	else
		*out_len = input_below(in, (uint32_t)*out_len + 1);
	return true;
}

/* Memory for it, and where it is cut. */
static void lay_out(struct chain *chain, struct input *in, const struct bytes *bytes)
{
	struct iovec readable = { NULL, bytes->len };
	struct iovec writable[2] = { { NULL, 0 }, { NULL, chain->out_len } };
	size_t text = chain->in_place ? chain->guess.dst_len : 0;

	chain->in_len = bytes->len;
	chain->in = scratch_alloc(chain->in_len);
	memcpy(chain->in, bytes->at, chain->in_len);
	memcpy(chain->sent, bytes->at, chain->in_len);
	chain->out = scratch_alloc(chain->out_len);
	memset(chain->out, MODEL_FILL, chain->out_len);
	readable.iov_base = chain->in;
	writable[0] = (struct iovec){ text ? chain->in + chain->guess.src_at : NULL, text };
	writable[1].iov_base = chain->out + text;
	writable[1].iov_len -= text;
	scatter_cut(&chain->readable, in, &readable, 1);
	scatter_cut(&chain->writable, in, writable, 2);
	/* MAX_HAZARD_PAIRS are more than these have. */
	if (text || looks)
		CHECK(vcrypto_cursor_meets(
			      vcrypto_cursor_start(chain->readable.segments, chain->readable.count),
			      vcrypto_cursor_start(chain->writable.segments,
						   chain->writable.count)) == (text > 0));
}

static void check(const struct chain *chain, const struct vcrypto_io *io)
{
	const struct guess *guess = &chain->guess;
	size_t text = chain->in_place ? guess->dst_len : 0;

	CHECK(io->written == guess->written);
	CHECK(!memcmp(chain->in, chain->sent, text ? guess->src_at : chain->in_len));
	if (text) {
		CHECK(!memcmp(chain->in + guess->src_at, guess->reply, text));
		CHECK(!memcmp(chain->in + guess->src_at + text, chain->sent + guess->src_at + text,
			      chain->in_len - guess->src_at - text));
	}
	CHECK(!memcmp(chain->out + text, guess->reply + text, chain->out_len - text));
}

/* Data requests that have been answered, as the device counts them. */
static uint64_t counted(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < VCRYPTO_VIRTIO_STATUSES; i++)
		sum += device->counts.statuses[i];
	return sum;
}

/* @made: a session that this makes, or NULL; its id is the device's to choose. */
static void run(size_t count, bool control, struct input *in, struct model_session *made)
{
	uint64_t before = counted();
	size_t answered = 0;
	size_t i, n;

	for (i = 0; i < count; i++) {
		ios[i] = (struct vcrypto_io){
			.readable = chains[i].readable.segments,
			.writable = chains[i].writable.segments,
			.readable_count = chains[i].readable.count,
			.writable_count = chains[i].writable.count,
			.written = 0xabcdef,
		};
		answered += chains[i].guess.written != 0;
	}
	if (count == 1 && watches)
		watch_start(chains[0].in, chains[0].guess.control_len, input_u8(in));
	n = control ? vcrypto_virtio_control(device->virtio, ios, count) :
	    model.again ? vcrypto_virtio_data_again(device->virtio, ios, count) :
			  vcrypto_virtio_data(device->virtio, ios, count);
	watch_end();
	CHECK(n == answered);
	CHECK(counted() - before == (control ? 0 : answered));
	if (made) {
		memcpy(chains[0].guess.reply, chains[0].out, 8);
		model_made(&model, made, model_get64(chains[0].out));
	}
	for (i = 0; i < count; i++)
		check(&chains[i], &ios[i]);
	scratch_reset();
}

/* --- steps --- */

/* A session is made, or ended. */
static void control(struct input *in, bool ends)
{
	struct chain *chain = &chains[0];
	struct model_session *made;
	struct bytes bytes;
	size_t head;

	chain->in_place = false;
	head = ends ? model_build_destroy(&model, in, &bytes) :
		      model_build_create(&model, in, &bytes);
	if (bytes.len - head >= sizeof(mark) && input_rare(in, 2)) {
		memcpy(bytes.at + head, mark, sizeof(mark));
		marked = true;
	}
	chain->out_len = ends ? 1 : 16;
	corrupt(in, &bytes, head);
	resize(in, &bytes, &chain->out_len);
	model_control(&model, &bytes, chain->out_len, &chain->guess);
	lay_out(chain, in, &bytes);
	made = chain->guess.made;
	run(1, true, in, made);
}

static void data(struct input *in)
{
	size_t count = input_rare(in, 8) ? 1 + input_below(in, BATCH) : 1;
	struct bytes bytes;
	bool odd;
	size_t i, head;

	model.again = input_rare(in, 6);
	for (i = 0; i < count; i++) {
		struct chain *chain = &chains[i];

		head = model_build_data(&model, in, &bytes, &chain->out_len);
		odd = corrupt(in, &bytes, head);
		odd |= resize(in, &bytes, &chain->out_len);
		/* Chains whose parts overlap in another way are not defined. */
		chain->in_place = !odd && input_rare(in, 8);
		model_data(&model, &bytes, chain->out_len, chain->in_place, &chain->guess);
		chain->in_place &= chain->guess.dst_len != 0;
		lay_out(chain, in, &bytes);
	}
	run(count, false, in, NULL);
}

/* @fresh: it has been reset at the end of another input. */
static void restart(struct input *in, bool fresh)
{
	static const uint8_t features[] = { 0, 1, 31, 3, 5, 9, 17, 30 };

	uint32_t most = input_rare(in, 4) ? input_below(in, MODEL_SESSIONS + 1) : 0;

	if (!fresh) {
		CHECK(vcrypto_virtio_end_some(device->virtio, most) ==
		      (most < model.live ? most : model.live));
		vcrypto_virtio_reset(device->virtio);
	}
	model_reset(&model, features[input_below(in, sizeof(features))]);
	vcrypto_virtio_negotiate(device->virtio, model.features | (uint64_t)0xff << 32);
}

static INPUT_QUIET bool holds_mark(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i + sizeof(mark) <= len; i++)
		if (bytes[i] == mark[0] && !memcmp(bytes + i, mark, sizeof(mark)))
			return true;
	return false;
}

/* The toy offers all that has a number (5.9.4, 5.9.5). */
static void check_config(const struct vcrypto_virtio *virtio)
{
	static const uint32_t expected[14] = {
		1, 7, 0xf, 0x215e, 0, 0x7fe, 0x400007e, 0, 0xe, 64, 512, 0, MODEL_MAX_SIZE, 0,
	};
	struct vcrypto_virtio_config config;
	uint8_t bytes[sizeof(expected)];
	size_t i;

	for (i = 0; i < 14; i++)
		model_put32(bytes, 4 * i, expected[i]);
	vcrypto_virtio_config(virtio, 7, &config);
	CHECK(sizeof(config) == sizeof(bytes) && !memcmp(&config, bytes, sizeof(bytes)));
}

static void *take(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void give(void *context, void *memory, size_t size)
{
	(void)context;
	CHECK(size && !*(uint8_t *)memory);
	free(memory);
}

static const struct vcrypto_virtio_keep keep = { take, give, NULL };

/*
 * Devices, made once: the second has a provider that wants some payload in one piece, to the third
 * go sessions.
 */
static struct device *open_device(size_t which)
{
	static const struct vcrypto_virtio_limits limits = { MODEL_SESSIONS, MODEL_MAX_SIZE };
	static struct device devices[3];
	struct device *at = &devices[which];
	void *lane;

	if (at->virtio)
		return at;
	at->backend = which == 1 ? &toy_flat_backend : &toy_backend;
	lane = fuzz_alloc(vcrypto_lane_size(at->backend));
	memset(lane, 0, vcrypto_lane_size(at->backend));
	at->lane = vcrypto_lane_init(lane, at->backend, at->bounce, sizeof(at->bounce));
	CHECK(at->lane);
	at->memory_len = vcrypto_virtio_size(&limits, at->backend);
	at->memory = fuzz_alloc(at->memory_len);
	memset(at->memory, 0, at->memory_len);
	at->virtio = vcrypto_virtio_init(at->memory, &limits, at->lane, 0x7ffffff0);
	CHECK(at->virtio);
	vcrypto_virtio_count(at->virtio, &at->counts);
	vcrypto_virtio_keep_keys(at->virtio, &keep);
	check_config(at->virtio);
	return at;
}

/* ARC4's key stream goes on, and would begin again. */
static uint32_t count_movable(void)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < MODEL_SESSIONS; i++)
		count += model.sessions[i].live &&
			 !(model.sessions[i].cipher &&
			   model.sessions[i].cipher->id == VCRYPTO_CIPHER_ARC4);
	return count;
}

/* The sessions go elsewhere: as they are, and as @bytes would have them. */
static void move_sessions(const uint8_t *bytes, size_t size)
{
	static uint8_t state[1 << 16], room[VCRYPTO_VIRTIO_STATE_PIECE];
	struct vcrypto_virtio *to = open_device(2)->virtio;
	size_t len = 0, taken, n, i;

	vcrypto_virtio_save_start(device->virtio);
	while ((n = vcrypto_virtio_save(device->virtio, room, sizeof(room)))) {
		CHECK(n <= sizeof(room) && n <= sizeof(state) - len);
		memcpy(state + len, room, n);
		len += n;
	}
	CHECK(vcrypto_virtio_load(to, state, len, &taken) == VCRYPTO_VIRTIO_LOAD_DONE);
	CHECK(taken == len);
	CHECK(vcrypto_virtio_census(to).sessions == count_movable());
	vcrypto_virtio_reset(to);
	for (i = 0; i + 2 < size; i += 3)
		state[(bytes[i] + 256u * bytes[i + 1]) % len] ^= bytes[i + 2];
	(void)!vcrypto_virtio_load(to, state, len, &taken);
	CHECK(taken <= len);
	vcrypto_virtio_reset(to);
	CHECK(!vcrypto_virtio_census(to).sessions);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t weights[] = { 12, 5, 2, 1 };
	struct input in = { bytes, size };
	unsigned int lot = input_lot(&in);
	bool moves = size % 16 == 1;
	unsigned int rounds;

	if (lot == 7) {
		keys_run(&in);
		return 0;
	}
	looks = !lot;
	watches = lot < 4;
	device = open_device(input_rare(&in, 4));
	vcrypto_virtio_keep_keys(device->virtio, moves ? &keep : NULL);
	model.old = device->old;
	restart(&in, true);
	model.successes = 0;
	marked = false;
	control(&in, false);
	for (rounds = 0; in.left && rounds < ROUNDS; rounds++) {
		switch (input_choose(&in, weights, sizeof(weights))) {
		case 0: data(&in); break;
		case 1: control(&in, false); break;
		case 2: control(&in, true); break;
		default: restart(&in, false);
		}
		CHECK(vcrypto_virtio_census(device->virtio).sessions == model.live);
	}
	if (moves)
		move_sessions(bytes, size);
	vcrypto_virtio_reset(device->virtio);
	model_reset(&model, 0);
	device->old = model.old;
	CHECK(!vcrypto_virtio_census(device->virtio).sessions);
	if (looks && marked && size % 8 == 0)
		CHECK(!holds_mark(device->memory, device->memory_len) &&
		      !holds_mark(device->bounce, sizeof(device->bounce)));
	reached_count(model.successes != 0);
	return 0;
}
