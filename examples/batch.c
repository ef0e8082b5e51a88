// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Many requests at once: 256 messages through one session, with two calls of the engine.
 *
 *	cc batch.c $(pkg-config --cflags --libs vcrypto-libcrypto)
 *
 * The requests are bytes, as they come out of a virtqueue, and docs/embedding.md says who
 * chooses what in them.
 */
#include <stdio.h>
#include <stdlib.h>

#include <vcrypto/vcrypto.h>

/* Any of <vcrypto/backends.h>; the program is linked with vcrypto-NAME. */
#ifndef BACKEND
#define BACKEND vcrypto_backend_libcrypto
#endif

#define MESSAGES 256
#define LEN 1024
#define CONTEXT 0	/* handles: any number below the limits that is not in use */
#define SESSION 0

/* A request, its answer, and the text, which is replaced where it lies. */
struct request {
	unsigned char control[VCRYPTO_MAX_CONTROL];
	unsigned char text[LEN];
	struct vcrypto_response_header header;
	struct vcrypto_message message;
	struct iovec in[2], out[2];
};

static struct request requests[MESSAGES];
static struct vcrypto_io chains[MESSAGES];

static void die(const char *what, const char *why)
{
	fprintf(stderr, "batch: %s: %s\n", what, why);
	exit(1);
}

/* Where @request is to be built. */
static struct vcrypto_message *start(struct request *request)
{
	request->message = (struct vcrypto_message){
		.control = request->control, .size = sizeof(request->control),
		.header = &request->header,
	};
	return &request->message;
}

/* What the device gets of it: control and source to read, header and destination to write. */
static struct vcrypto_io chain_of(struct request *request, size_t len)
{
	request->in[0] = (struct iovec){ request->control, request->message.len };
	request->out[0] = (struct iovec){ &request->header, sizeof(request->header) };
	request->in[1] = request->out[1] = (struct iovec){ request->text, len };
	return (struct vcrypto_io){
		.readable = request->in, .readable_count = len ? 2 : 1,
		.writable = request->out, .writable_count = len ? 2 : 1,
	};
}

/* The driver's judgement of one answer; all but VCRYPTO_OK ends this program. */
static void check(const char *what, const struct request *request, uint32_t written)
{
	int status = vcrypto_check_response(&request->header, written, &request->message.expect);

	if (status < 0)
		die(what, "an answer that breaks the protocol");
	if (status != VCRYPTO_OK)
		die(what, vcrypto_status_name((uint32_t)status));
}

static void run_one(struct vcrypto_engine *engine, const char *what, bool built)
{
	if (!built)
		die(what, "cannot be built");
	chains[0] = chain_of(&requests[0], 0);
	if (vcrypto_process(engine, chains, 1) != 1)
		die(what, "no room for an answer");
	check(what, &requests[0], chains[0].written);
}

/* All messages, each from an IV of its own, which is its number. */
static void run_batch(struct vcrypto_engine *engine, bool decrypt)
{
	unsigned char iv[16] = { 0 };
	struct vcrypto_crypt_args args = {
		.context = CONTEXT, .session = SESSION, .decrypt = decrypt,
		.src_len = LEN, .dst_len = LEN, .iv = iv, .iv_len = sizeof(iv),
	};
	size_t i;

	for (i = 0; i < MESSAGES; i++) {
		iv[15] = (unsigned char)i;
		if (!vcrypto_build_crypt(start(&requests[i]), &args))
			die("CRYPT", "cannot be built");
		chains[i] = chain_of(&requests[i], LEN);
	}
	if (vcrypto_process(engine, chains, MESSAGES) != MESSAGES)
		die("CRYPT", "no room for an answer");
	for (i = 0; i < MESSAGES; i++)
		check("CRYPT", &requests[i], chains[i].written);
}

int main(void)
{
	/* Contexts, sessions, bytes of payload and of AAD: as little as this program needs. */
	const struct vcrypto_limits limits = { 1, 1, VCRYPTO_MIN_PAYLOAD, 0 };
	static const unsigned char zeros[32];
	const struct vcrypto_session_args session = {
		.context = CONTEXT, .session = SESSION, .cipher = VCRYPTO_CIPHER_AES_CBC,
		.cipher_key = zeros, .cipher_key_len = sizeof(zeros),
	};
	void *memory = calloc(1, vcrypto_engine_size(&limits, &BACKEND));
	struct vcrypto_engine *engine = memory ? vcrypto_engine_init(memory, &limits, &BACKEND) : NULL;
	size_t i, at;

	if (!engine)
		die(BACKEND.name, "no memory, or it does not work on this machine");
	run_one(engine, "CONTEXT_OPEN", vcrypto_build_context_open(start(&requests[0]), CONTEXT));
	run_one(engine, "SESSION_NEW", vcrypto_build_session_new(start(&requests[0]), &session));
	vcrypto_wipe(requests[0].control, sizeof(requests[0].control));	/* it holds the key */

	run_batch(engine, false);
	/* AES-256 of a block of zeros under a key of zeros. */
	if (memcmp(requests[0].text, "\xdc\x95\xc0\x78\xa2\x40\x89\x89", 8) != 0)
		die("CRYPT", "a wrong ciphertext");
	run_batch(engine, true);
	for (i = 0; i < MESSAGES; i++)
		for (at = 0; at < LEN; at++)
			if (requests[i].text[at])
				die("CRYPT", "not the plaintext again");
	printf("%d messages of %d bytes, there and back\n", MESSAGES, LEN);
	vcrypto_engine_fini(engine);
	free(memory);
	return 0;
}
