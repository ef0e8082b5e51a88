// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AUTHCRYPT requests.  One that decrypts is made of what the session itself would
 * have sealed, so that it verifies as a rule, and then maybe spoilt in one place.
 */
#include "engine_op.h"

/* What the request says, before it becomes bytes. */
struct auth_args {
	const struct model_session *session;
	uint32_t mode, flags;
	uint32_t iv_len, iv_out_len, tag_len, aad_len, src_len, dst_len, trailer_len;
	uint64_t message_len;
	uint8_t iv[2 * VCRYPTO_MAX_IV];
	uint8_t aad[MODEL_AAD + 1];
	uint8_t trailer[MODEL_AAD + 1];
	uint8_t tag[VCRYPTO_MAX_DIGEST + 1];
};

/* The mode that suits a session; 0: none does. */
static uint32_t mode_of(const struct model_session *session, struct input *in)
{
	if (!session->live || !session->cipher)
		return 0;
	if (session->named != session->cipher)
		return VCRYPTO_AUTH_TLS;
	if (session->named->tag_len)
		return VCRYPTO_AUTH_AEAD;
	if (!session->mac || session->mac->kind != VCRYPTO_KIND_HMAC)
		return 0;
	return session->cipher->block == 1 && !input_rare(in, 3) ? VCRYPTO_AUTH_SRTP :
								  VCRYPTO_AUTH_TLS;
}

static uint32_t choose_session(struct auth_args *auth, struct input *in,
			       const struct engine_model *model, uint32_t *context)
{
	uint32_t handle = args_live_session(in, model, context);
	uint32_t tries;

	auth->session = NULL;
	auth->mode = 0;
	if (handle < MODEL_SESSIONS)
		auth->mode = mode_of(&model->sessions[handle], in);
	for (tries = 0; handle < MODEL_SESSIONS && !auth->mode && tries < MODEL_SESSIONS &&
			!input_rare(in, 16); tries++) {
		handle = (handle + 1) % MODEL_SESSIONS;
		auth->mode = mode_of(&model->sessions[handle], in);
		*context = model->sessions[handle].context;
	}
	if (auth->mode)
		auth->session = &model->sessions[handle];
	else
		auth->mode = 1 + input_below(in, 3);
	return handle;
}

static uint32_t choose_tag_len(const struct auth_args *auth, struct input *in, bool odd)
{
	static const uint8_t lens[] = { 16, 12, 8, 4, 14, 15, 13, 6, 10 };

	if (!auth->session || (odd && input_rare(in, 6)))
		return input_below(in, VCRYPTO_MAX_DIGEST + 2);
	if (auth->mode == VCRYPTO_AUTH_AEAD)
		return auth->session->named->id == VCRYPTO_CIPHER_CHACHA20_POLY1305 ? 16 :
			lens[input_below(in, odd ? sizeof(lens) : 4)];
	return auth->session->mac->digest_len - (input_rare(in, 4) ?
		input_below(in, auth->session->mac->digest_len) : 0);
}

/* A part of a message, in @auth->flags. */
static void choose_part(struct auth_args *auth, struct input *in, const struct engine_model *model)
{
	const struct model_session *session = auth->session;
	bool streams = session && session->named && model->streams >> session->named->id & 1;

	if (session && session->message_open && !input_rare(in, 8)) {
		auth->flags = VCRYPTO_FLAG_CONTINUE |
			      (session->message_decrypt ? VCRYPTO_FLAG_DECRYPT : 0);
		if (input_rare(in, 32))
			auth->flags ^= VCRYPTO_FLAG_DECRYPT;
	} else if (input_rare(in, session && session->message.cipher ? 6 : 48)) {
		auth->flags |= VCRYPTO_FLAG_CONTINUE;
	}
	if (input_rare(in, streams ? 2 : 16))
		auth->flags |= VCRYPTO_FLAG_MORE;
}

static void choose_iv(struct auth_args *auth, struct input *in)
{
	uint32_t right = auth->session ? auth->session->cipher->iv_len : 0;

	auth->iv_len = args_optional(in, right);
	auth->iv_out_len = args_optional(in, right);
	if (auth->mode == VCRYPTO_AUTH_AEAD && !input_rare(in, 32)) {
		auth->iv_len = auth->flags & VCRYPTO_FLAG_CONTINUE ? 0 : right;
		auth->iv_out_len = auth->iv_out_len == right ? auth->iv_len : 0;
	}
	memset(auth->iv, 0, sizeof(auth->iv));
	input_fill(in, auth->iv, VCRYPTO_MAX_IV);
	/* CCM's length of the length; of any other cipher part of the IV. */
	auth->iv[0] = 1 + (uint8_t)input_below(in, input_rare(in, 24) ? 256 : 7);
}

/*
 * What CCM has to be told: the first part of a message says how much will come, the
 * others keep to it as a rule, and both ends have the same length of tag.
 */
static void choose_message_len(struct auth_args *auth, struct input *in, bool odd)
{
	bool ccm = auth->session && auth->session->named &&
		   auth->session->named->id == VCRYPTO_CIPHER_AES_CCM;
	bool more = auth->flags & VCRYPTO_FLAG_MORE;

	/* Even, so that it is not one of the marks that are looked for in the engine's memory. */
	auth->message_len = odd && input_rare(in, 16) ? input_u64(in) << 1 : 0;
	if (!ccm || (odd && input_rare(in, 4)))
		return;
	if (!(auth->flags & VCRYPTO_FLAG_CONTINUE)) {
		if (!more)
			return;
		auth->tag_len = choose_tag_len(auth, in, odd);
		auth->message_len = (uint64_t)auth->src_len + input_below(in, 300);
		/* The longest that its length can be said of, and one more. */
		if (input_rare(in, 4) && auth->iv[0] >= 1 && auth->iv[0] < 7)
			auth->message_len = (1ull << 8 * (auth->iv[0] + 1)) - input_below(in, 2);
	} else if (more) {
		auth->src_len = input_below(in, 64);
		auth->dst_len = auth->src_len;
	} else if (auth->session->message_left <= MODEL_PAYLOAD) {
		auth->tag_len = auth->session->message_tag_len;
		auth->src_len = (uint32_t)auth->session->message_left;
		if (input_rare(in, 3))		/* not all that was announced, or more */
			auth->src_len = input_below(in, auth->src_len + 2);
		else if (input_rare(in, 8))	/* another tag than was announced */
			auth->tag_len = choose_tag_len(auth, in, odd);
		auth->dst_len = auth->src_len;
	}
}

static void choose_lengths(struct auth_args *auth, struct input *in)
{
	bool odd = input_rare(in, 8);

	auth->tag_len = choose_tag_len(auth, in, odd);
	if (auth->flags & VCRYPTO_FLAG_MORE && !(odd && input_rare(in, 4)))
		auth->tag_len = 0;
	auth->aad_len = input_below(in, 24);
	if (odd && input_rare(in, 2))
		auth->aad_len = MODEL_AAD + (input_rare(in, 4) ? 1 : 0);
	if (auth->flags & VCRYPTO_FLAG_CONTINUE && !(odd && input_rare(in, 4)))
		auth->aad_len = 0;
	auth->trailer_len = 0;
	if (auth->mode == VCRYPTO_AUTH_SRTP || (odd && input_rare(in, 8)))
		auth->trailer_len = input_below(in, 8);
	if (odd && input_rare(in, 12))
		auth->trailer_len = MODEL_AAD + 1;
	auth->src_len = auth->dst_len = args_payload_len(in, 1);
	choose_message_len(auth, in, odd);
	input_fill(in, auth->aad, auth->aad_len);
	input_fill(in, auth->trailer, auth->trailer_len);
	input_fill(in, auth->tag, auth->tag_len);
}

/* As the session is, or as it will be with the IV of this request. */
static void start_cipher(const struct auth_args *auth, struct toy_cipher *toy)
{
	bool own = auth->iv_len || auth->mode == VCRYPTO_AUTH_AEAD;
	uint8_t iv[VCRYPTO_MAX_IV] = { 0 };

	memcpy(iv, own ? auth->iv : auth->session->iv, auth->session->cipher->iv_len);
	toy_cipher_start(toy, auth->session->cipher, auth->session->key, iv);
}

static void seal_aead(struct op_args *args, struct auth_args *auth)
{
	struct toy_cipher toy = auth->session->message;
	uint64_t tag = auth->session->tag;
	uint8_t digest[VCRYPTO_MAX_DIGEST];

	if (!(auth->flags & VCRYPTO_FLAG_CONTINUE)) {
		start_cipher(auth, &toy);
		tag = toy_hash(toy_tag_start(toy.key, toy.iv), auth->aad, auth->aad_len);
	} else if (!toy.cipher) {
		return;
	}
	toy_cipher_run(&toy, false, args->source, args->source, auth->src_len);
	toy_digest(toy_hash(tag, args->source, auth->src_len), digest);
	memcpy(auth->tag, digest, sizeof(digest));
}

static void seal_packet(struct op_args *args, struct auth_args *auth)
{
	uint64_t mac = toy_hash(TOY_START ^ auth->session->mac_key, auth->aad, auth->aad_len);
	struct toy_cipher toy;

	start_cipher(auth, &toy);
	toy_cipher_run(&toy, false, args->source, args->source, auth->src_len);
	mac = toy_hash(mac, args->source, auth->src_len);
	toy_digest(toy_hash(mac, auth->trailer, auth->trailer_len), auth->tag);
}

/* At most the length of a payload, and as long as TLS allows. */
static uint32_t choose_padding(const struct auth_args *auth, struct input *in, uint32_t at)
{
	uint32_t block = auth->session->cipher->block;
	uint32_t padding = block - at % block;

	if (block == 1)
		return 0;
	if (input_rare(in, 3))
		padding += input_below(in, (256 - padding) / block + 1) * block;
	return at + padding <= MODEL_PAYLOAD ? padding : block - at % block;
}

static void seal_record(struct op_args *args, struct auth_args *auth, struct input *in)
{
	uint64_t mac = toy_hash(TOY_START ^ auth->session->mac_key, auth->aad, auth->aad_len);
	uint32_t room = MODEL_PAYLOAD - auth->tag_len - VCRYPTO_MAX_BLOCK;
	uint32_t content = auth->src_len < room ? auth->src_len : room;
	uint32_t at = content + auth->tag_len;
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	struct toy_cipher toy;
	uint32_t padding;

	toy_digest(toy_hash(mac, args->source, content), digest);
	memcpy(args->source + content, digest, auth->tag_len);
	padding = choose_padding(auth, in, at);
	memset(args->source + at, (int)(padding - 1), padding);
	auth->src_len = auth->dst_len = at + padding;
	if (auth->src_len && input_rare(in, 4))	/* any byte, but mostly of the padding or the MAC */
		args->source[input_rare(in, 4) ? input_below(in, auth->src_len) :
			     auth->src_len - 1 - input_below(in, at + padding - content)] ^=
			(uint8_t)(1 + input_below(in, 255));
	if (input_rare(in, 16)) {	/* too short for what it must hold */
		auth->src_len = input_below(in, auth->tag_len + padding);
		if (!input_rare(in, 4))
			auth->src_len -= auth->src_len % auth->session->cipher->block;
		auth->dst_len = auth->src_len;
	}
	start_cipher(auth, &toy);
	toy_cipher_run(&toy, false, args->source, args->source, auth->src_len);
}

/* What is to be opened, instead of anything. */
static void seal(struct op_args *args, struct auth_args *auth, struct input *in)
{
	if (auth->src_len > MODEL_PAYLOAD || auth->tag_len > VCRYPTO_MAX_DIGEST)
		return;
	if (auth->mode == VCRYPTO_AUTH_AEAD)
		seal_aead(args, auth);
	else if (auth->mode == VCRYPTO_AUTH_SRTP)
		seal_packet(args, auth);
	else
		seal_record(args, auth, in);
	if (auth->mode != VCRYPTO_AUTH_TLS && auth->tag_len && input_rare(in, 4))
		auth->tag[input_rare(in, 2) ? auth->tag_len - 1 :
			  input_below(in, auth->tag_len)] ^= (uint8_t)(1 + input_below(in, 255));
}

static uint32_t sealed_record_len(const struct auth_args *auth)
{
	return (uint32_t)vcrypto_record_len(auth->src_len, auth->tag_len,
					    auth->session->cipher->block);
}

static void put_numbers(struct op_args *args, struct auth_args *auth, struct input *in)
{
	bool odd = input_rare(in, 8);

	args_put(args, odd && input_rare(in, 8) ? input_below(in, 5) : auth->mode, 2);
	args_put(args, auth->iv_len, 2);
	args_put(args, auth->iv_out_len, 2);
	args_put(args, auth->tag_len, 2);
	args_put(args, odd && input_rare(in, 12) ? input_border(in) : auth->aad_len, 4);
	args_put(args, odd && input_rare(in, 12) ? input_border(in) : auth->src_len, 4);
	if (odd && input_rare(in, 8))
		auth->dst_len = input_below(in, MODEL_PAYLOAD);
	args_put(args, odd && input_rare(in, 12) ? input_border(in) : auth->dst_len, 4);
	args_put(args, odd && input_rare(in, 12) ? input_border(in) : auth->trailer_len, 4);
	args_put(args, (uint32_t)auth->message_len ^ (odd && input_rare(in, 16)), 4);
	args_put(args, (uint32_t)(auth->message_len >> 32) ^ (odd && input_rare(in, 16)), 4);
}

static void append(uint8_t *to, size_t *len, const uint8_t *bytes, uint32_t count)
{
	memcpy(to + *len, bytes, count);
	*len += count;
}

static void put_bytes(struct op_args *args, struct auth_args *auth)
{
	bool tag = auth->mode != VCRYPTO_AUTH_TLS && !(auth->flags & VCRYPTO_FLAG_MORE);
	bool decrypt = auth->flags & VCRYPTO_FLAG_DECRYPT;

	if (auth->iv_len > sizeof(auth->iv))
		auth->iv_len = sizeof(auth->iv);
	append(args->control, &args->control_len, auth->iv, auth->iv_len);
	append(args->control, &args->control_len, auth->aad, auth->aad_len);
	append(args->end, &args->end_len, auth->trailer, auth->trailer_len);
	append(args->end, &args->end_len, auth->tag, tag && decrypt ? auth->tag_len : 0);
	args->trailer_len = auth->trailer_len;
	args->src_len = auth->src_len;
	args->dst_len = auth->dst_len;
	args->tail_len = (auth->iv_out_len & 1023) + (tag && !decrypt ? auth->tag_len : 0);
}

void op_choose_auth(struct op_args *args, struct input *in, const struct engine_model *model)
{
	struct auth_args auth;
	uint32_t context;
	uint32_t handle = choose_session(&auth, in, model, &context);

	auth.flags = model->opaque ? 0 : input_below(in, 2);
	if (auth.mode == VCRYPTO_AUTH_AEAD || input_rare(in, 64))
		choose_part(&auth, in, model);
	choose_iv(&auth, in);
	choose_lengths(&auth, in);
	args->has_source = true;
	input_fill(in, args->source, auth.src_len);
	op_mark_text(args->source, auth.src_len);
	if (auth.session && auth.flags & VCRYPTO_FLAG_DECRYPT)
		seal(args, &auth, in);
	else if (auth.session && auth.mode == VCRYPTO_AUTH_TLS)
		auth.dst_len = sealed_record_len(&auth);
	args_put_header(args, in, VCRYPTO_OP_AUTHCRYPT, auth.flags, context, handle);
	put_numbers(args, &auth, in);
	put_bytes(args, &auth);
}
