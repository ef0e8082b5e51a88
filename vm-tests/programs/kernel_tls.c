// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kTLS with the device's AES-GCM.  The other side is this program, with libcrypto: what the
 * kernel has sent it opens, and what it has sealed the kernel has to take.  Counters say who has
 * done the work.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "kernel_peer.h"

#define RECORD 16384		/* bytes of a record's text, at most */
#define ROUNDS 100

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* Records of one direction, as RFC 5288 and RFC 8446, 5.2 and 5.3, have them. */
struct flow {
	struct tls12_crypto_info_aes_gcm_128 info;
	uint64_t number;
};

static void flow_start(struct flow *flow, uint16_t version)
{
	dev_fill(flow, sizeof(*flow), (uint32_t)rand());
	flow->info.info.version = version;
	flow->info.info.cipher_type = TLS_CIPHER_AES_GCM_128;
	memset(flow->info.rec_seq, 0, sizeof(flow->info.rec_seq));
	flow->number = 0;
}

static bool is_13(const struct flow *flow)
{
	return flow->info.info.version == TLS_1_3_VERSION;
}

/* Of the next record: 1.2 has the IV in it, at @iv; 1.3 counts. */
static void nonce_of(const struct flow *flow, const uint8_t *iv, uint8_t nonce[12])
{
	uint8_t number[8];

	memcpy(nonce, flow->info.salt, 4);
	memcpy(nonce + 4, is_13(flow) ? flow->info.iv : iv, 8);
	put_number(number, flow->number, 8);
	for (size_t i = 0; i < 8 && is_13(flow); i++)
		nonce[4 + i] ^= number[i];
}

/* Of a record with @len bytes of text and what its header says. */
static size_t aad_of(const struct flow *flow, const uint8_t header[5], size_t len, uint8_t aad[13])
{
	if (is_13(flow)) {
		memcpy(aad, header, 5);
		return 5;
	}
	put_number(aad, flow->number, 8);
	memcpy(aad + 8, header, 3);
	put_number(aad + 11, len, 2);
	return 13;
}

/* Returns the bytes of the record. */
static size_t record_seal(struct flow *flow, const uint8_t *text, size_t len, uint8_t *record)
{
	static uint8_t inner[RECORD + 1];
	size_t explicit = is_13(flow) ? 0 : 8, more = is_13(flow) ? 1 : 0;
	uint8_t nonce[12], aad[13], *body = record + 5 + explicit;
	size_t aadlen;

	record[0] = 23;		/* application data */
	record[1] = record[2] = 3;
	put_number(record + 3, explicit + len + more + PEER_TAG, 2);
	put_number(record + 5, flow->number, explicit);
	memcpy(inner, text, len);
	inner[len] = 23;
	nonce_of(flow, record + 5, nonce);
	aadlen = aad_of(flow, record, len, aad);
	peer_aead(PEER_GCM, true, flow->info.key, nonce, aad, aadlen, inner, len + more, body);
	flow->number++;
	return 5 + explicit + len + more + PEER_TAG;
}

/* @size is what follows the header.  Returns the bytes of the text, or -1. */
static ssize_t record_open(struct flow *flow, const uint8_t *record, size_t size, uint8_t *text)
{
	size_t explicit = is_13(flow) ? 0 : 8, len = size - explicit - PEER_TAG, aadlen;
	uint8_t nonce[12], aad[13];

	REQUIRE(size > explicit + PEER_TAG && len <= RECORD + 1);
	nonce_of(flow, record + 5, nonce);
	aadlen = aad_of(flow, record, len, aad);
	flow->number++;
	if (!peer_aead(PEER_GCM, false, flow->info.key, nonce, aad, aadlen, record + 5 + explicit, len, text))
		return -1;
	if (is_13(flow) && text[--len] != 23)
		return -1;
	return (ssize_t)len;
}

static void connect_pair(int pair[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	REQUIRE(listener >= 0 && bind(listener, (struct sockaddr *)&at, len) == 0);
	REQUIRE(listen(listener, 1) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	REQUIRE(pair[0] >= 0 && connect(pair[0], (struct sockaddr *)&at, len) == 0);
	pair[1] = accept(listener, NULL, NULL);
	REQUIRE(pair[1] >= 0);
	close(listener);
}

static void use_tls(int fd, int direction, const struct flow *flow)
{
	REQUIRE(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4) == 0);
	REQUIRE(setsockopt(fd, SOL_TLS, direction, &flow->info, sizeof(flow->info)) == 0);
}

static void read_all(int fd, uint8_t *to, size_t len)
{
	REQUIRE(recv(fd, to, len, MSG_WAITALL) == (ssize_t)len);
}

static void send_by_kernel(uint16_t version)
{
	static uint8_t text[RECORD], record[5 + RECORD + 64], back[RECORD + 1];
	struct flow flow;
	int pair[2];

	connect_pair(pair);
	flow_start(&flow, version);
	use_tls(pair[0], TLS_TX, &flow);
	(void)requests_since();
	for (int round = 0; round < ROUNDS; round++) {
		size_t len = random_length(RECORD), size;

		dev_fill(text, len, (uint32_t)rand());
		REQUIRE(send(pair[0], text, len, 0) == (ssize_t)len);
		read_all(pair[1], record, 5);
		size = (size_t)record[3] << 8 | record[4];
		REQUIRE(size <= sizeof(record) - 5);
		read_all(pair[1], record + 5, size);
		if (CHECK_EQ(record_open(&flow, record, size, back), len))
			CHECK_MEM(back, text, len);
	}
	CHECK_EQ(requests_since(), ROUNDS);
	close(pair[0]);
	close(pair[1]);
}

static void receive_by_kernel(uint16_t version)
{
	static uint8_t text[RECORD], record[5 + RECORD + 64], back[RECORD];
	struct flow flow;
	size_t len, size;
	int pair[2];

	connect_pair(pair);
	flow_start(&flow, version);
	use_tls(pair[1], TLS_RX, &flow);
	(void)requests_since();
	for (int round = 0; round < ROUNDS; round++) {
		len = random_length(RECORD);
		dev_fill(text, len, (uint32_t)rand());
		size = record_seal(&flow, text, len, record);
		REQUIRE(send(pair[0], record, size, 0) == (ssize_t)size);
		memset(back, 0, len);
		read_all(pair[1], back, len);
		CHECK_MEM(back, text, len);
	}
	CHECK_EQ(requests_since(), ROUNDS);
	/* One bit of it is another one. */
	size = record_seal(&flow, text, 100, record);
	record[size - 1 - (size_t)rand() % 100] ^= 4;
	REQUIRE(send(pair[0], record, size, 0) == (ssize_t)size);
	CHECK_ERRNO(recv(pair[1], back, sizeof(back), 0), EBADMSG);
	close(pair[0]);
	close(pair[1]);
}

static void tls_12(void)
{
	send_by_kernel(TLS_1_2_VERSION);
	receive_by_kernel(TLS_1_2_VERSION);
}

static void tls_13(void)
{
	send_by_kernel(TLS_1_3_VERSION);
	receive_by_kernel(TLS_1_3_VERSION);
}

struct whole {
	int fd;
	uint8_t *text;
	size_t len;
};

static void write_whole(void *argument)
{
	const struct whole *whole = argument;
	size_t done, len;

	for (done = 0; done < whole->len; done += len) {
		len = random_length(3 * RECORD);
		len = len < whole->len - done ? len : whole->len - done;
		REQUIRE(send(whole->fd, whole->text + done, len, 0) == (ssize_t)len);
	}
}

/* Many records at once, on both sides. */
static void tls_both_sides(void)
{
	struct whole whole = { .len = (size_t)4 << 20 };
	uint8_t *back = malloc(whole.len);
	struct flow flow;
	int pair[2];
	pid_t child;

	whole.text = malloc(whole.len);
	REQUIRE(back && whole.text);
	dev_fill(whole.text, whole.len, 7);
	connect_pair(pair);
	flow_start(&flow, TLS_1_2_VERSION);
	use_tls(pair[0], TLS_TX, &flow);
	use_tls(pair[1], TLS_RX, &flow);
	whole.fd = pair[0];
	(void)requests_since();
	child = check_fork(write_whole, &whole);
	read_all(pair[1], back, whole.len);
	check_wait(child);
	CHECK_MEM(back, whole.text, whole.len);
	CHECK(requests_since() >= 2 * (long long)(whole.len / RECORD));
	close(pair[0]);
	close(pair[1]);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	free(back);
	free(whole.text);
}

static const struct check_case cases[] = {
	{ "kTLS 1.2: libcrypto opens what it sends, and it takes what libcrypto has sealed", tls_12 },
	{ "so it is with kTLS 1.3", tls_13 },
	{ "kTLS on both sides, many records at once", tls_both_sides },
};

int main(void)
{
	REQUIRE(afalg_wait(AFALG_LAST));
	srand(1);
	bring_up("lo", "127.0.0.1");
	return check_main(cases, ARRAY_SIZE(cases));
}
