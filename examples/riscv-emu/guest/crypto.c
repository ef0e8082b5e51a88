// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Encrypts and hashes with the crypto device.  The requests are built, and the answers
 * judged, by the library's own driver half (vcrypto/driver.h), as in the Linux module.
 */
#include <vcrypto/driver.h>

#include "board.h"
#include "virtio.h"

/* The first example of NIST SP 800-38A, F.2.1. */
static const uint8_t key[16] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
				 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
static const uint8_t iv[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static uint8_t text[] = "A guest without an operating system has something to hide here.";

static struct virtqueue queue;
static unsigned int interrupts;

static uint8_t control[VCRYPTO_MAX_CONTROL];
static struct {
	struct vcrypto_response_header header;
	uint8_t bytes[sizeof(text)];
} answer;
static struct vcrypto_message message = { .control = control, .size = sizeof(control),
					  .header = &answer.header };

void interrupted(void)
{
	virtio_acknowledge(&queue);
	interrupts++;
}

/* Sends the message that has been @built, with @len bytes of source; the status. */
static enum vcrypto_status call(bool built, void *source, uint32_t len)
{
	const struct vcrypto_expect *expect = &message.expect;
	const struct part parts[] = {
		{ control, (uint32_t)message.len, false },
		{ &answer, (uint32_t)sizeof(answer.header) + expect->dst_len + expect->mac_len, true },
	};
	const struct part with_source[] = { parts[0], { source, len, false }, parts[1] };
	struct vcrypto_response_header header;
	uint32_t used;
	uint16_t chain;
	int status;

	must(built, "building a request");
	if (len)
		add_buf(&queue, with_source, 3);
	else
		add_buf(&queue, parts, 2);
	kick(&queue);
	while (!get_buf(&queue, &chain, &used))
		sleep();
	vcrypto_wipe(control, sizeof(control));		/* there may have been a key in it */
	header = answer.header;				/* a copy, which nobody changes */
	status = vcrypto_check_response(&header, used, expect);
	must(status >= 0, "the device keeps to the protocol");
	return (enum vcrypto_status)status;
}

static void show(const char *what, const void *bytes, size_t len)
{
	print(what);
	print_hex(bytes, len);
	print("\n");
}

static enum vcrypto_status make_session(uint32_t number, uint32_t cipher, uint32_t key_len,
					uint32_t mac)
{
	const struct vcrypto_session_args args = {
		.session = number, .cipher = cipher, .mac = mac,
		.cipher_key = key, .cipher_key_len = key_len,
	};

	return call(vcrypto_build_session_new(&message, &args), NULL, 0);
}

static void crypt(bool decrypt)
{
	const struct vcrypto_crypt_args args = {
		.decrypt = decrypt, .src_len = sizeof(text), .dst_len = sizeof(text),
		.iv = iv, .iv_len = sizeof(iv),
	};

	must(call(vcrypto_build_crypt(&message, &args), text, sizeof(text)) == VCRYPTO_OK,
	     "CRYPT");
	memcpy(text, answer.bytes, sizeof(text));
}

static void hash(void)
{
	const struct vcrypto_crypt_args args = {
		.session = 1, .reset = true, .src_len = sizeof(text), .mac_len = 32,
	};

	must(call(vcrypto_build_crypt(&message, &args), text, sizeof(text)) == VCRYPTO_OK,
	     "CRYPT with a hash");
	show("sha256:     ", answer.bytes, 32);
}

static void look_at_config(void)
{
	struct vcrypto_device_limits limits;
	struct vcrypto_config config;

	virtio_config(&queue, &config, sizeof(config));
	must(vcrypto_check_config(&config, &limits), "a device that can be used");
	print("backend: ");
	print(limits.backend);
	print("\n");
}

bool program(void)
{
	virtio_start(&queue, VCRYPTO_VIRTIO_ID);
	look_at_config();
	must(call(vcrypto_build_context_open(&message, 0), NULL, 0) == VCRYPTO_OK, "a context");
	print("a key of 5 bytes: ");
	print(vcrypto_status_name(make_session(0, VCRYPTO_CIPHER_AES_CBC, 5, 0)));
	print("\n");
	must(make_session(0, VCRYPTO_CIPHER_AES_CBC, sizeof(key), 0) == VCRYPTO_OK, "AES-CBC");
	must(make_session(1, 0, 0, VCRYPTO_MAC_SHA2_256) == VCRYPTO_OK, "SHA-256");
	show("key:        ", key, sizeof(key));
	show("iv:         ", iv, sizeof(iv));
	show("text:       ", text, sizeof(text));
	hash();
	crypt(false);
	show("ciphertext: ", text, sizeof(text));
	crypt(true);
	show("decrypted:  ", text, sizeof(text));
	must(call(vcrypto_build_context_close(&message, 0), NULL, 0) == VCRYPTO_OK, "closing");
	print("interrupts: ");
	print_number(interrupts);
	print("\n");
	return true;
}
