// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kTLS and IPsec with the device's AES-GCM.  The other side is this program, with libcrypto:
 * what the kernel has sent it opens, and what it has sealed the kernel has to take.  Counters
 * say who has done the work.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/tls.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"

#define TAG 16
#define RECORD 16384		/* bytes of a record's text, at most */
#define PACKET 1300		/* bytes of a datagram's text, at most */
#define ROUNDS 100

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* AES-128-GCM: @in and @out with the tag behind the text.  False: it is another one. */
static bool gcm(bool seal, const uint8_t *key, const uint8_t *nonce, const uint8_t *aad,
		size_t aadlen, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t tag[TAG];
	int n;
	bool good;

	REQUIRE(context);
	REQUIRE(EVP_CipherInit_ex(context, EVP_aes_128_gcm(), NULL, key, nonce, seal) == 1);
	memcpy(tag, in + (seal ? 0 : len), seal ? 0 : TAG);
	if (!seal)
		REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1);
	REQUIRE(EVP_CipherUpdate(context, NULL, &n, aad, (int)aadlen) == 1);
	REQUIRE(EVP_CipherUpdate(context, out, &n, in, (int)len) == 1);
	good = EVP_CipherFinal_ex(context, out + n, &n) == 1;
	if (seal)
		REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, out + len) == 1);
	EVP_CIPHER_CTX_free(context);
	return good;
}

/* Since the last call, by the device. */
static long long requests_since(void)
{
	static long long before;
	long long now = dev_counter("crypt_requests"), since = now - before;

	before = now;
	return since;
}

static size_t random_length(size_t most)
{
	return 1 + (size_t)rand() % most;
}

static void put_number(uint8_t *to, uint64_t number, size_t bytes)
{
	while (bytes--) {
		to[bytes] = (uint8_t)number;
		number >>= 8;
	}
}

static void bring_up(const char *name, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ifreq request = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	REQUIRE(fd >= 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	REQUIRE(inet_pton(AF_INET, address, &in.sin_addr) == 1);
	memcpy(&request.ifr_addr, &in, sizeof(in));
	REQUIRE(ioctl(fd, SIOCSIFADDR, &request) == 0);
	REQUIRE(inet_pton(AF_INET, "255.255.255.0", &in.sin_addr) == 1);
	memcpy(&request.ifr_netmask, &in, sizeof(in));
	REQUIRE(ioctl(fd, SIOCSIFNETMASK, &request) == 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	REQUIRE(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
	close(fd);
}

/* --- TLS ------------------------------------------------------------------------------- */

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
	put_number(record + 3, explicit + len + more + TAG, 2);
	put_number(record + 5, flow->number, explicit);
	memcpy(inner, text, len);
	inner[len] = 23;
	nonce_of(flow, record + 5, nonce);
	aadlen = aad_of(flow, record, len, aad);
	gcm(true, flow->info.key, nonce, aad, aadlen, inner, len + more, body);
	flow->number++;
	return 5 + explicit + len + more + TAG;
}

/* @size is what follows the header.  Returns the bytes of the text, or -1. */
static ssize_t record_open(struct flow *flow, const uint8_t *record, size_t size, uint8_t *text)
{
	size_t explicit = is_13(flow) ? 0 : 8, len = size - explicit - TAG, aadlen;
	uint8_t nonce[12], aad[13];

	REQUIRE(size > explicit + TAG && len <= RECORD + 1);
	nonce_of(flow, record + 5, nonce);
	aadlen = aad_of(flow, record, len, aad);
	flow->number++;
	if (!gcm(false, flow->info.key, nonce, aad, aadlen, record + 5 + explicit, len, text))
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

/* --- IPsec: ESP in transport mode (RFC 4303) with AES-GCM (RFC 4106) ------------------- */

#define HERE "10.9.0.1"
#define THERE "10.9.0.2"
#define PORT_HERE 4000
#define PORT_THERE 5000
#define SPI_OUT 0x1001u
#define SPI_IN 0x1002u
#define ESP_HEADER 16		/* SPI, number, IV */

static uint8_t esp_key[20];	/* and the nonce's four bytes */

static uint32_t address(const char *text)
{
	struct in_addr in;

	REQUIRE(inet_pton(AF_INET, text, &in) == 1);
	return in.s_addr;
}

static size_t align_four(size_t len)
{
	return (len + 3) / 4 * 4;
}

/* A request with one attribute behind its structure. */
static void xfrm_ask(uint16_t type, const void *body, size_t len, uint16_t attribute,
		     const void *value, size_t value_len)
{
	struct nlattr attr = { (uint16_t)(sizeof(attr) + value_len), attribute };
	size_t at = align_four(len), all = at + sizeof(attr) + align_four(value_len);
	struct {
		struct nlmsghdr header;
		uint8_t bytes[1024];
	} message = { .header = { .nlmsg_len = (uint32_t)(sizeof(message.header) + all),
				  .nlmsg_type = type,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE } };
	const struct nlmsgerr *answer = (const void *)message.bytes;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);

	REQUIRE(fd >= 0 && all <= sizeof(message.bytes));
	memcpy(message.bytes, body, len);
	memcpy(message.bytes + at, &attr, sizeof(attr));
	memcpy(message.bytes + at + sizeof(attr), value, value_len);
	REQUIRE(send(fd, &message, message.header.nlmsg_len, 0) > 0);
	REQUIRE(recv(fd, &message, sizeof(message), 0) > 0);
	REQUIRE(message.header.nlmsg_type == NLMSG_ERROR);
	if (answer->error)
		check_note("XFRM request %u: %s", type, strerror(-answer->error));
	REQUIRE(!answer->error);
	close(fd);
}

static const struct xfrm_lifetime_cfg for_ever = {
	.soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF,
	.soft_packet_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
};

static void add_state(const char *from, const char *to, uint32_t spi)
{
	struct xfrm_usersa_info state = {
		.id = { .daddr.a4 = address(to), .spi = htonl(spi), .proto = IPPROTO_ESP },
		.saddr.a4 = address(from), .lft = for_ever, .family = AF_INET,
		.mode = XFRM_MODE_TRANSPORT, .replay_window = 32,
	};
	struct {
		struct xfrm_algo_aead algorithm;
		uint8_t key[sizeof(esp_key)];
	} aead = { .algorithm = { .alg_name = "rfc4106(gcm(aes))",
				  .alg_key_len = 8 * sizeof(esp_key), .alg_icv_len = 8 * TAG } };

	memcpy(aead.algorithm.alg_key, esp_key, sizeof(esp_key));
	xfrm_ask(XFRM_MSG_NEWSA, &state, sizeof(state), XFRMA_ALG_AEAD, &aead,
		 sizeof(aead.algorithm) + sizeof(esp_key));
}

static void add_policy(void)
{
	struct xfrm_userpolicy_info policy = {
		.sel = { .daddr.a4 = address(THERE), .prefixlen_d = 32, .family = AF_INET },
		.lft = for_ever, .dir = XFRM_POLICY_OUT, .action = XFRM_POLICY_ALLOW,
	};
	struct xfrm_user_tmpl template = {
		.id = { .daddr.a4 = address(THERE), .proto = IPPROTO_ESP },
		.family = AF_INET, .saddr.a4 = address(HERE), .mode = XFRM_MODE_TRANSPORT,
		.aalgos = UINT32_MAX, .ealgos = UINT32_MAX, .calgos = UINT32_MAX,
	};

	xfrm_ask(XFRM_MSG_NEWPOLICY, &policy, sizeof(policy), XFRMA_TMPL, &template,
		 sizeof(template));
}

/* The other side of the network is a file. */
static int open_network(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(ioctl(fd, TUNSETIFF, &request) == 0);
	bring_up(request.ifr_name, HERE);
	return fd;
}

static int open_socket(void)
{
	struct sockaddr_in here = { AF_INET, htons(PORT_HERE), { address(HERE) }, { 0 } };
	struct sockaddr_in there = { AF_INET, htons(PORT_THERE), { address(THERE) }, { 0 } };
	const struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0);
	REQUIRE(connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0);
	REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
	return fd;
}

static uint16_t ip_sum(const uint8_t *header)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

static void esp_nonce(const uint8_t *esp, uint8_t nonce[12])
{
	memcpy(nonce, esp_key + 16, 4);
	memcpy(nonce + 4, esp + 8, 8);
}

/* A datagram from there to here, sealed.  Returns the packet's bytes. */
static size_t esp_seal(uint32_t number, const uint8_t *text, size_t len, uint8_t *packet)
{
	uint8_t inner[8 + PACKET + 8], nonce[12], *esp = packet + 20;
	size_t pad = -(8 + len + 2) & 3, all = 8 + len + pad + 2;
	uint32_t from = address(THERE), to = address(HERE);

	memset(packet, 0, 20);
	packet[0] = 0x45;
	put_number(packet + 2, 20 + ESP_HEADER + all + TAG, 2);
	packet[8] = 64;
	packet[9] = IPPROTO_ESP;
	memcpy(packet + 12, &from, 4);
	memcpy(packet + 16, &to, 4);
	put_number(packet + 10, ip_sum(packet), 2);
	put_number(esp, SPI_IN, 4);
	put_number(esp + 4, number, 4);
	dev_fill(esp + 8, 8, (uint32_t)rand());
	put_number(inner, PORT_THERE, 2);
	put_number(inner + 2, PORT_HERE, 2);
	put_number(inner + 4, (8 + len) << 16, 4);	/* and no checksum */
	memcpy(inner + 8, text, len);
	for (size_t i = 0; i < pad; i++)
		inner[8 + len + i] = (uint8_t)(i + 1);
	inner[all - 2] = (uint8_t)pad;
	inner[all - 1] = IPPROTO_UDP;
	esp_nonce(esp, nonce);
	gcm(true, esp_key, nonce, esp, 8, inner, all, esp + ESP_HEADER);
	return 20 + ESP_HEADER + all + TAG;
}

/* What comes out of the kernel may be something else: it looks for its neighbours. */
static size_t read_esp(int network, uint8_t *packet, size_t room)
{
	struct pollfd ready = { .fd = network, .events = POLLIN };
	ssize_t len;

	do {
		REQUIRE(poll(&ready, 1, 5000) == 1);
		len = read(network, packet, room);
	} while (len >= 20 && (packet[0] != 0x45 || packet[9] != IPPROTO_ESP));
	REQUIRE(len > 20 + ESP_HEADER + TAG);
	return (size_t)len;
}

static void check_sent(const uint8_t *packet, size_t size, const uint8_t *text, size_t len)
{
	uint8_t inner[2048], nonce[12];
	const uint8_t *esp = packet + 20;
	size_t all = size - 20 - ESP_HEADER - TAG;

	CHECK_EQ(esp[2] << 8 | esp[3], SPI_OUT);
	esp_nonce(esp, nonce);
	if (!CHECK(gcm(false, esp_key, nonce, esp, 8, esp + ESP_HEADER, all, inner)))
		return;
	CHECK_EQ(inner[all - 1], IPPROTO_UDP);
	CHECK_EQ(all - 2 - inner[all - 2], 8 + len);
	CHECK_MEM(inner + 8, text, len);
}

/* Packets that were refused because they are not what was sealed. */
static long long refused(void)
{
	FILE *file = fopen("/proc/net/xfrm_stat", "re");
	char line[100];
	long long count = -1;

	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "XfrmInStateProtoError %lld", &count);
	fclose(file);
	return count;
}

static void ipsec(void)
{
	int network = open_network(), fd = open_socket();
	uint8_t text[PACKET], packet[2048], back[PACKET + 1];
	long long before = refused();
	size_t len, size;

	dev_fill(esp_key, sizeof(esp_key), 3);
	add_state(HERE, THERE, SPI_OUT);
	add_state(THERE, HERE, SPI_IN);
	add_policy();
	(void)requests_since();
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		len = random_length(PACKET);
		dev_fill(text, len, round);
		REQUIRE(send(fd, text, len, 0) == (ssize_t)len);
		check_sent(packet, read_esp(network, packet, sizeof(packet)), text, len);
		len = random_length(PACKET);
		dev_fill(text, len, ~round);
		size = esp_seal(round, text, len, packet);
		REQUIRE(write(network, packet, size) == (ssize_t)size);
		if (CHECK_EQ(recv(fd, back, sizeof(back), 0), len))
			CHECK_MEM(back, text, len);
	}
	CHECK_EQ(requests_since(), 2 * ROUNDS);
	size = esp_seal(ROUNDS + 1, text, len, packet);
	packet[size - 1] ^= 1;
	REQUIRE(write(network, packet, size) == (ssize_t)size);
	for (int i = 0; i < 50 && refused() == before; i++)
		usleep(100000);
	CHECK_EQ(refused(), before + 1);
	CHECK_ERRNO(recv(fd, back, sizeof(back), MSG_DONTWAIT), EAGAIN);
	close(fd);
	close(network);
}

static const struct check_case cases[] = {
	{ "kTLS 1.2: libcrypto opens what it sends, and it takes what libcrypto has sealed", tls_12 },
	{ "so it is with kTLS 1.3", tls_13 },
	{ "kTLS on both sides, many records at once", tls_both_sides },
	{ "IPsec: the other side is libcrypto's, both ways", ipsec },
};

int main(void)
{
	/* The last one that is registered: from then on no test of the kernel's is counted. */
	REQUIRE(afalg_wait("vcrypto-chacha20-poly1305"));
	srand(1);
	bring_up("lo", "127.0.0.1");
	return check_main(cases, ARRAY_SIZE(cases));
}
