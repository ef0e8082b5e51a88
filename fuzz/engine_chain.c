// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Chained ops (VCRYPTO_VERB_CHAIN), which our own format does not have: straight to the
 * lane.  What is hashed may lie anywhere, so all parts are somewhere in one arena, and the
 * expectation is what op.h says, over flat bytes.
 */
#include "engine_chain.h"
#include "scratch.h"

enum part { SRC, DST, AAD, TRAILER, PARTS };

struct chain {
	struct vcrypto_op op;
	size_t at[PARTS], len[PARTS];
	size_t total;
	uint8_t *arena, *expected;
	struct scatter cut[PARTS];
};

static void choose_numbers(struct chain *chain, struct input *in,
			   const struct model_session *session)
{
	struct vcrypto_op *op = &chain->op;
	bool odd = input_rare(in, 4);

	memset(op, 0, sizeof(*op));
	op->verb = VCRYPTO_VERB_CHAIN;
	op->begin = !(odd && input_rare(in, 4));
	op->more = odd && input_rare(in, 4);
	op->hash_first = input_u8(in) & 1;
	op->job.decrypt = input_u8(in) & 1;
	op->iv_len = session->cipher ? session->cipher->iv_len : 0;
	op->mac_len = session->mac ? session->mac->digest_len : 0;
	if (odd && input_rare(in, 4))
		op->iv_len = (uint16_t)input_below(in, VCRYPTO_MAX_IV + 1);
	if (odd && input_rare(in, 4))
		op->iv_out_len = 1 + (uint16_t)input_below(in, VCRYPTO_MAX_IV);
	if (odd && input_rare(in, 4))
		op->mac_len = (uint16_t)input_below(in, VCRYPTO_MAX_DIGEST + 1);
	chain->len[SRC] = args_payload_len(in, session->cipher ? session->cipher->block : 1);
	if (chain->len[SRC] > MODEL_PAYLOAD)
		chain->len[SRC] = MODEL_PAYLOAD;
	chain->len[DST] = chain->len[SRC];
	if (odd && input_rare(in, 4))
		chain->len[DST] = input_below(in, 300);
	if (odd && input_rare(in, 4) && chain->len[SRC] < MODEL_PAYLOAD)
		chain->len[DST] = ++chain->len[SRC];
	chain->len[AAD] = input_below(in, 40);
	chain->len[TRAILER] = input_below(in, (uint32_t)chain->len[SRC] + 20);
	op->content_len = (uint32_t)chain->len[DST];
	input_fill(in, op->job.iv, op->iv_len);
}

/* One behind the other, or what is hashed within the text, or all anywhere. */
static void place(struct chain *chain, struct input *in)
{
	size_t i, text;

	chain->total = 0;
	for (i = 0; i < PARTS; i++) {
		chain->at[i] = chain->total;
		chain->total += chain->len[i];
	}
	if (input_rare(in, 3))		/* in place */
		chain->at[DST] = chain->at[SRC];
	else if (input_rare(in, 8))
		chain->at[DST] = input_below(in, (uint32_t)(chain->total - chain->len[DST]) + 1);
	text = chain->op.hash_first ? SRC : DST;
	if (!input_rare(in, 3) && chain->len[TRAILER] <= chain->len[text])
		chain->at[TRAILER] = chain->at[text] +
			input_below(in, (uint32_t)(chain->len[text] - chain->len[TRAILER]) + 1);
	chain->arena = scratch_alloc(chain->total);
	chain->expected = scratch_alloc(chain->total);
	input_fill(in, chain->arena, chain->total);
	memcpy(chain->expected, chain->arena, chain->total);
}

static struct vcrypto_cursor cut(struct chain *chain, struct input *in, enum part part)
{
	const struct iovec piece = { chain->arena + chain->at[part], chain->len[part] };

	scatter_cut(&chain->cut[part], in, &piece, 1);
	return vcrypto_cursor_start(chain->cut[part].segments, chain->cut[part].count);
}

static bool fits(const struct chain *chain, const struct model_session *session)
{
	const struct vcrypto_cipher *cipher = session->cipher;
	const struct vcrypto_op *op = &chain->op;

	return cipher && session->mac && session->named == cipher && !cipher->tag_len &&
	       cipher->id != VCRYPTO_CIPHER_AES_XTS && cipher->id != VCRYPTO_CIPHER_ARC4 &&
	       op->begin && !op->more && !op->iv_out_len && op->iv_len == cipher->iv_len &&
	       op->mac_len == session->mac->digest_len && chain->len[DST] == chain->len[SRC] &&
	       chain->len[SRC] % cipher->block == 0;
}

static void hash(const struct chain *chain, const struct model_session *session,
		 uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	uint64_t state = toy_hash(TOY_START ^ session->mac_key, chain->expected + chain->at[AAD],
				  chain->len[AAD]);

	toy_digest(toy_hash(state, chain->expected + chain->at[TRAILER], chain->len[TRAILER]),
		   digest);
}

/* The arena afterwards, and the digest. */
static enum vcrypto_status foretell(struct chain *chain, struct engine_model *model,
				    struct model_session *session,
				    uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	uint8_t *dst = chain->expected + chain->at[DST];
	struct model_session changed = *session;
	uint8_t in[MODEL_PAYLOAD], out[MODEL_PAYLOAD];
	struct toy_cipher toy;
	size_t len = chain->len[SRC];
	bool decrypt = chain->op.job.decrypt;

	if (!fits(chain, session))
		return VCRYPTO_BAD_PARAMETER;
	session->hash_started = false;
	if (model_action_fails(model) || model_action_fails(model) || model_action_fails(model)) {
		memset(dst, 0, len);
		return VCRYPTO_ERROR;
	}
	memset(changed.iv, 0, sizeof(changed.iv));
	memcpy(changed.iv, chain->op.job.iv, chain->op.iv_len);
	memcpy(in, chain->expected + chain->at[SRC], len);
	toy_cipher_start(&toy, changed.cipher, changed.key, changed.iv);
	toy_cipher_run(&toy, decrypt, out, in, len);
	model_next_iv(&changed, &toy, decrypt ? in : out, len);
	memcpy(session->iv, changed.iv, sizeof(session->iv));
	if (chain->op.hash_first)
		hash(chain, session, digest);
	memcpy(dst, out, len);
	if (!chain->op.hash_first)
		hash(chain, session, digest);
	model->bytes_in += len;
	model->bytes_out += len;
	return VCRYPTO_OK;
}

void chain_run(struct vcrypto_engine *engine, struct engine_model *model, struct input *in)
{
	static struct chain chain;
	struct vcrypto_lane *lane = vcrypto_engine_lane(engine);
	uint8_t digest[VCRYPTO_MAX_DIGEST] = { 0 };
	enum vcrypto_status expected;
	uint32_t context, handle, tries;
	struct model_session *session;

	handle = args_live_session(in, model, &context) % MODEL_SESSIONS;
	for (tries = 0; tries < MODEL_SESSIONS && !(model->sessions[handle].cipher &&
						    model->sessions[handle].mac); tries++)
		handle = (handle + 1) % MODEL_SESSIONS;
	session = &model->sessions[handle];
	chain.op.session = NULL;
	if (!session->live)
		return;
	choose_numbers(&chain, in, session);
	place(&chain, in);
	chain.op.job.src = cut(&chain, in, SRC);
	chain.op.dst = cut(&chain, in, DST);
	chain.op.job.aad = cut(&chain, in, AAD);
	chain.op.trailer = cut(&chain, in, TRAILER);
	chain.op.session = vcrypto_store_find(vcrypto_engine_store(engine), session->context,
					      handle);
	CHECK(chain.op.session);
	flaky->overlaps = true;
	expected = foretell(&chain, model, session, digest);
	vcrypto_lane_submit(lane, &chain.op);
	vcrypto_lane_flush(lane);
	CHECK(chain.op.job.status == expected);
	CHECK(!memcmp(chain.arena, chain.expected, chain.total));
	CHECK(expected != VCRYPTO_OK || !memcmp(chain.op.job.tag, digest, chain.op.mac_len));
	scratch_reset();
}
