// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One AEAD message with both halves of the format: a driver seals it with AES-GCM, opens it,
 * and is refused when somebody has changed the data beside it.
 *
 *	cc aead.c $(pkg-config --cflags --libs vcrypto-libcrypto)
 *
 * The driver and the device know of each other what struct vcrypto_io holds, nothing more.
 */
#include <stdio.h>
#include <stdlib.h>

#include <vcrypto/vcrypto.h>

/* Any of <vcrypto/backends.h>; the program is linked with vcrypto-NAME. */
#ifndef BACKEND
#define BACKEND vcrypto_backend_libcrypto
#endif

#define CONTEXT 3	/* handles are the driver's choice, below the device's limits */
#define SESSION 5
#define TAG_LEN 16

static struct vcrypto_engine *engine;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "aead: %s: %s\n", what, why);
	exit(1);
}

/* --- the device's half: everything in the chain is somebody else's, and is not believed --- */

static void device_answer(struct vcrypto_io *chain)
{
	if (vcrypto_process(engine, chain, 1) != 1)
		die("device", "no room for a response header: a broken driver");
}

/* --- the driver's half --- */

/* Sends @in and @out, and judges what comes back: a status, or the end of the program. */
static uint32_t driver_send(struct vcrypto_message *message, const struct iovec *in, size_t in_count,
			    const struct iovec *out, size_t out_count)
{
	struct vcrypto_io chain = { in, out, in_count, out_count, 0 };
	struct vcrypto_response_header header;
	int status;

	device_answer(&chain);
	/* A copy, once, because the other side may change it at any time. */
	header = *message->header;
	status = vcrypto_check_response(&header, chain.written, &message->expect);
	if (status < 0)
		die("driver", "an answer that breaks the protocol");
	return (uint32_t)status;
}

/* What has no payload: opening a context, making a session. */
static void driver_control(const char *what, struct vcrypto_message *message, bool built)
{
	struct iovec in = { message->control, message->len };
	struct iovec out = { message->header, sizeof(*message->header) };
	uint32_t status;

	if (!built)
		die(what, "cannot be built");
	status = driver_send(message, &in, 1, &out, 1);
	vcrypto_wipe(message->control, message->size);	/* of SESSION_NEW it holds the key */
	if (status != VCRYPTO_OK)
		die(what, vcrypto_status_name(status));
}

/* Seals @text into itself and gives @tag, or opens it and verifies @tag. */
static uint32_t driver_aead(bool decrypt, const unsigned char *nonce, struct iovec aad,
			    struct iovec text, unsigned char *tag)
{
	const struct vcrypto_authcrypt_args args = {
		.context = CONTEXT, .session = SESSION, .mode = VCRYPTO_AUTH_AEAD,
		.decrypt = decrypt, .iv = nonce, .iv_len = 12, .tag_len = TAG_LEN,
		.aad_len = (uint32_t)aad.iov_len, .src_len = (uint32_t)text.iov_len,
		.dst_len = (uint32_t)text.iov_len,
	};
	unsigned char control[VCRYPTO_MAX_AUTHCRYPT_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	if (!vcrypto_build_authcrypt(&message, &args))
		die("AUTHCRYPT", "cannot be built");
	/* To be read: control, AAD, source and the tag to verify.  To be written: what is expected. */
	const struct iovec in[] = {
		{ control, message.len }, aad, text,
		{ tag, vcrypto_sends_tag(&args) ? TAG_LEN : 0 },
	};
	const struct iovec out[] = {
		{ &header, sizeof(header) }, text, { tag, message.expect.mac_len },
	};

	return driver_send(&message, in, 4, out, 3);
}

int main(void)
{
	static const unsigned char key[16], nonce[12];
	const struct vcrypto_limits limits = { 4, 8, VCRYPTO_MIN_PAYLOAD, 64 };
	const struct vcrypto_session_args session = {
		.context = CONTEXT, .session = SESSION, .cipher = VCRYPTO_CIPHER_AES_GCM,
		.cipher_key = key, .cipher_key_len = sizeof(key),
	};
	unsigned char control[VCRYPTO_MAX_CONTROL], text[16] = { 0 }, header[] = "to: somebody";
	unsigned char tag[TAG_LEN];
	struct vcrypto_response_header answer;
	struct vcrypto_message message = { .control = control, .size = sizeof(control),
					   .header = &answer };
	struct iovec aad = { header, sizeof(header) }, data = { text, sizeof(text) };
	void *memory = calloc(1, vcrypto_engine_size(&limits, &BACKEND));
	uint32_t status;

	engine = memory ? vcrypto_engine_init(memory, &limits, &BACKEND) : NULL;
	if (!engine)
		die(BACKEND.name, "no memory, or it does not work on this machine");
	driver_control("CONTEXT_OPEN", &message, vcrypto_build_context_open(&message, CONTEXT));
	driver_control("SESSION_NEW", &message, vcrypto_build_session_new(&message, &session));

	status = driver_aead(false, nonce, aad, data, tag);
	if (status != VCRYPTO_OK || memcmp(text, "\x03\x88\xda\xce\x60\xb6\xa3\x92", 8) != 0)
		die("sealing", vcrypto_status_name(status));
	status = driver_aead(true, nonce, aad, data, tag);
	if (status != VCRYPTO_OK || text[0])
		die("opening", vcrypto_status_name(status));

	/* Another AAD: nothing of the plaintext is given out. */
	driver_aead(false, nonce, aad, data, tag);
	header[0] ^= 1;
	status = driver_aead(true, nonce, aad, data, tag);
	if (status != VCRYPTO_AUTH_FAILED)
		die("a changed AAD", vcrypto_status_name(status));
	printf("sealed, opened, and with a changed AAD: %s\n", vcrypto_status_name(status));
	vcrypto_engine_fini(engine);
	free(memory);
	return 0;
}
