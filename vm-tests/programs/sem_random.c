// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random calls of CIOCCRYPT and CIOCCPHASH against a model that says what they mean
 * in the simplest words: it keeps the text of each hash as a whole, works the IV
 * out by hand, and has libcrypto do each call in one go.
 *
 * Compared are all bytes of destination, mac and iv, and around them, the errno, and
 * that the structure has not changed.  The same numbers come in each run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "reference.h"

#define LONGEST 40000
#define MARGIN 64
#define LONGEST_TEXT (4 * LONGEST)
#define SESSIONS 6
#define MAX_MACKEY 512

/* What a session should be. */
struct model {
	uint32_t ses; /* 0: none */
	const struct reference_cipher *cipher;
	const struct reference_mac *mac;
	uint8_t key[64], mackey[MAX_MACKEY];
	uint32_t mackeylen;
	uint8_t now_key[MAX_MACKEY]; /* of the message that is being hashed */
	uint32_t now_keylen;
	uint8_t iv[16];
	size_t text_len;
	uint8_t text[LONGEST_TEXT]; /* hashed so far */
};

/* What the caller has: as it should be after the call, and as it is. */
struct memory {
	uint8_t out[LONGEST + 2 * MARGIN];
	uint8_t mac[64 + MARGIN];
	uint8_t iv[16 + MARGIN];
};

static struct model models[SESSIONS];
static struct memory expected, actual;
static uint8_t in[LONGEST + MARGIN];
static unsigned int calls_per_session = 20;
static unsigned long calls, refused, copies, sessions;
static int fd;
static uint32_t state = 20260708;

/* xorshift32 */
static uint32_t below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

/* --- the model --- */

static void count(uint8_t *counter, size_t blocks)
{
	while (blocks--)
		for (int i = 15; i >= 0 && !++counter[i]; i--)
			;
}

static void next_iv(struct model *model, const uint8_t *ciphertext, size_t len)
{
	static uint8_t bytes[LONGEST + 32];
	static const uint8_t zeros[LONGEST + 32];
	size_t blocks = (len + 15) / 16, size = model->cipher->iv;

	switch (model->cipher->cipher) {
	case CRYPTO_AES_CTR:
		count(model->iv, blocks);
		break;
	case CRYPTO_AES_OFB:
		reference_encrypt(model->cipher, model->key, model->iv, zeros, 16 * blocks, bytes);
		if (blocks)
			memcpy(model->iv, bytes + 16 * (blocks - 1), 16);
		break;
	case CRYPTO_AES_XTS:
		break;
	default:
		memcpy(bytes, model->iv, size);
		memcpy(bytes + size, ciphertext, len);
		memcpy(model->iv, bytes + len, size);
	}
}

static void model_cipher(struct model *model, const struct crypt_op *op, const uint8_t *src,
			 uint8_t *dst)
{
	bool encrypt = op->op == COP_ENCRYPT;

	if (op->iv)
		memcpy(model->iv, op->iv, model->cipher->iv);
	(encrypt ? reference_encrypt : reference_decrypt)(model->cipher, model->key, model->iv, src,
							  op->len, dst);
	next_iv(model, encrypt ? dst : src, op->len);
	if (op->iv && (op->flags & COP_FLAG_WRITE_IV))
		memcpy(expected.iv, model->iv, model->cipher->iv);
}

/* A new message, with the session's own key. */
static void restart(struct model *model)
{
	memcpy(model->now_key, model->mackey, sizeof(model->now_key));
	model->now_keylen = model->mackeylen;
	model->text_len = 0;
}

static void model_hash(struct model *model, const struct crypt_op *op, const uint8_t *plaintext)
{
	bool reset = op->flags == 0 || (op->flags & COP_FLAG_RESET);
	bool more = op->flags & COP_FLAG_UPDATE, final = op->flags & COP_FLAG_FINAL;

	if (reset)
		restart(model);
	memcpy(model->text + model->text_len, plaintext, op->len);
	model->text_len += op->len;
	if (!final && more && op->len > 0)
		return;
	reference_digest(model->mac, model->now_key, model->now_keylen, model->text,
			 model->text_len, expected.mac);
	restart(model);
}

/* The errno, and what the memory should then be.  @src: as it was before the call. */
static int model_call(struct model *model, const struct crypt_op *op, const uint8_t *src)
{
	size_t at = op->dst ? (size_t)(op->dst - actual.out) : 0;

	if (op->ses != model->ses || (op->op != COP_ENCRYPT && op->op != COP_DECRYPT))
		return EINVAL;
	if (model->cipher && op->len % model->cipher->block)
		return EINVAL;
	if (model->cipher)
		model_cipher(model, op, src, expected.out + at);
	if (model->mac)
		model_hash(model, op,
			   model->cipher && op->op == COP_DECRYPT ? expected.out + at : src);
	return 0;
}

/* --- calls --- */

static uint32_t random_length(const struct model *model)
{
	static const uint32_t limits[] = { 1, 40, 40, 100, 700, 700, 5000, LONGEST };
	uint32_t len = below(limits[below(ARRAY_SIZE(limits))] + 1);

	if (model->cipher && below(16))
		len -= len % (uint32_t)model->cipher->block;
	return len;
}

static uint16_t random_flags(const struct model *model)
{
	uint16_t flags = 0;

	if (below(5)) {
		flags = below(3) ? COP_FLAG_UPDATE : 0;
		flags |= below(4) ? 0 : COP_FLAG_FINAL;
		flags |= below(2) ? COP_FLAG_WRITE_IV : 0;
		flags |= below(8) ? 0 : COP_FLAG_RESET;
		flags |= below(8) ? 0 : COP_FLAG_NO_ZC;
		/* What means nothing here, or nothing at all. */
		flags |= below(16) ? 0 : COP_FLAG_AEAD_TLS_TYPE | COP_FLAG_AEAD_SRTP_TYPE;
		if (below(16) == 0)
			flags = (uint16_t)(flags | (0x80 << below(9)));
	}
	return model->text_len > LONGEST_TEXT - LONGEST ? flags | COP_FLAG_RESET : flags;
}

static struct crypt_op random_op(const struct model *model)
{
	struct crypt_op op = {
		.ses = below(64) ? model->ses : model->ses + 100,
		.op = below(32) ? (uint16_t)below(2) : (uint16_t)(2 + below(0xfffe)),
		.flags = random_flags(model),
		.len = random_length(model),
		.src = in + below(MARGIN),
		.dst = actual.out + below(MARGIN),
		.mac = actual.mac,
		.iv = below(2) ? actual.iv : NULL,
	};

	if (!model->cipher && below(2))
		op.dst = NULL;
	else if (model->cipher && below(3) == 0)
		op.src = op.dst;
	if (!op.len && below(2))
		op.src = NULL;
	if (!model->mac && below(2))
		op.mac = NULL;
	return op;
}

static void check_call(struct model *model)
{
	static uint8_t src[LONGEST];
	struct crypt_op op, same;
	int error, result;

	dev_fill(&actual, sizeof(actual), state);
	op = random_op(model);
	if (op.len)
		memcpy(src, op.src, op.len);
	memcpy(&expected, &actual, sizeof(actual));
	memcpy(&same, &op, sizeof(op));
	error = model_call(model, &op, src);
	result = ioctl(fd, CIOCCRYPT, &op);
	if (!(error ? CHECK_ERRNO(result, error) : CHECK_OK(result)) ||
	    !CHECK_MEM(actual.out, expected.out, sizeof(actual.out)) ||
	    !CHECK_MEM(actual.mac, expected.mac, sizeof(actual.mac)) ||
	    !CHECK_MEM(actual.iv, expected.iv, sizeof(actual.iv)) ||
	    !CHECK_MEM(&op, &same, sizeof(op)))
		check_note("call %lu: %s and %s, op %u, flags 0x%x, len %u%s%s", calls,
			   model->cipher ? model->cipher->name : "nothing",
			   model->mac ? model->mac->name : "nothing", same.op, same.flags, same.len,
			   same.iv ? "" : ", no iv", same.src == same.dst ? ", in place" : "");
	calls++;
	refused += error != 0;
}

static void check_copy(struct model *to, const struct model *from)
{
	struct cphash_op copy = { .dst_ses = to->ses, .src_ses = from->ses };
	int result = ioctl(fd, CIOCCPHASH, &copy);

	copies++;
	if (to == from) {
		CHECK_ERRNO(result, EDEADLK);
		return;
	}
	if (!to->mac || to->mac != from->mac) {
		CHECK_ERRNO(result, EINVAL);
		return;
	}
	CHECK_OK(result);
	memcpy(to->now_key, from->now_key, sizeof(to->now_key));
	to->now_keylen = from->now_keylen;
	memcpy(to->text, from->text, from->text_len);
	to->text_len = from->text_len;
}

/* --- sessions --- */

static bool has(uint32_t cipher, uint32_t keylen, uint32_t mac, uint32_t mackeylen)
{
	uint8_t key[64];
	struct session_op session = { .cipher = cipher,
				      .keylen = keylen,
				      .key = key,
				      .mac = mac,
				      .mackeylen = mackeylen,
				      .mackey = key };

	dev_fill(key, sizeof(key), 1);
	if (ioctl(fd, CIOCGSESSION, &session)) {
		CHECK_EQ(errno, EINVAL);
		return false;
	}
	CHECK_OK(dev_free(fd, session.ses));
	return true;
}

static bool can_check_cipher(const struct reference_cipher *cipher)
{
	bool offered = has(cipher->cipher, cipher->keylen, 0, 0);

	if (offered && reference_has_cipher(cipher))
		return true;
	check_note("SKIP %s: not offered by %s", cipher->name, offered ? "libcrypto" : "device");
	CHECK(cipher >= reference_ciphers + REFERENCE_COMMON_CIPHERS);
	return false;
}

static bool can_check_mac(const struct reference_mac *mac)
{
	bool offered = has(0, 0, mac->mac, reference_keylen(mac, 20));

	if (offered && reference_has_mac(mac))
		return true;
	check_note("SKIP %s: not offered by %s", mac->name, offered ? "libcrypto" : "device");
	CHECK(mac >= reference_macs + REFERENCE_COMMON_MACS);
	return false;
}

static void replace(struct model *model, const struct reference_cipher *cipher,
		    const struct reference_mac *mac)
{
	struct session_op session = { .key = model->key, .mackey = model->mackey };

	if (model->ses)
		CHECK_OK(dev_free(fd, model->ses));
	model->cipher = cipher;
	model->mac = mac;
	memset(model->iv, 0, sizeof(model->iv));
	dev_fill(model->key, sizeof(model->key), below(1000000));
	dev_fill(model->mackey, sizeof(model->mackey), below(1000000));
	model->mackeylen = mac ? reference_keylen(mac, 1 + below(below(8) ? 80 : MAX_MACKEY)) : 0;
	restart(model);
	if (cipher) {
		session.cipher = cipher->cipher;
		session.keylen = cipher->keylen;
	}
	if (mac) {
		session.mac = mac->mac;
		session.mackeylen = model->mackeylen;
	}
	model->ses = dev_session(fd, &session);
	sessions++;
}

/* Half of the calls are for the new session, the others come between. */
static void use(const struct reference_cipher *cipher, const struct reference_mac *mac)
{
	struct model *model = &models[below(SESSIONS)];

	replace(model, cipher, mac);
	for (unsigned int i = 0; i < calls_per_session; i++) {
		struct model *other = &models[below(SESSIONS)];

		check_call(!other->ses || below(2) ? model : other);
		if (other->ses && below(8) == 0)
			check_copy(model, other);
	}
}

static void start(void)
{
	fd = dev_open();
	memset(models, 0, sizeof(models));
	calls = refused = copies = sessions = 0;
}

static void stop(void)
{
	check_note("%lu sessions, %lu calls, %lu of them refused, %lu copies", sessions, calls,
		   refused, copies);
	CHECK(refused > 0 && refused < calls / 4);
	CHECK_OK(close(fd));
}

/* 4.CRYPT, 4.CRYPT.6a: Number 0 is none. */
static void every_combination(void)
{
	bool macs[REFERENCE_MACS + 1] = { true };

	start();
	for (size_t m = 0; m < REFERENCE_MACS; m++)
		macs[m + 1] = can_check_mac(&reference_macs[m]);
	for (size_t c = 0; c <= REFERENCE_CIPHERS; c++) {
		const struct reference_cipher *cipher = c ? &reference_ciphers[c - 1] : NULL;

		if (cipher && !can_check_cipher(cipher))
			continue;
		for (size_t m = !c; m <= REFERENCE_MACS; m++)
			if (macs[m])
				use(cipher, m ? &reference_macs[m - 1] : NULL);
	}
	stop();
}

/* 4.CPHASH: Two of a kind are then common, so that most copies succeed. */
static void copies_of_few_hashes(void)
{
	start();
	for (unsigned int i = 0; i < 60; i++)
		use(below(2) ? &reference_ciphers[below(REFERENCE_COMMON_CIPHERS)] : NULL,
		    &reference_macs[below(2) ? 2 : 6]);
	stop();
}

static const struct check_case cases[] = {
	{ "4.CRYPT: random calls give what libcrypto gives, with every cipher beside every mac",
	  every_combination },
	{ "4.CPHASH: sessions that were copied go on as the model says", copies_of_few_hashes },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		calls_per_session = (unsigned int)atoi(argv[1]);
	dev_fill(in, sizeof(in), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
