// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPsec with the device's AES-CCM or AES-GCM, or AES-CBC with HMAC-SHA256: ESP in transport mode
 * (RFC 4303, RFC 4309, RFC 4106, RFC 3602 and RFC 4868).
 * The other side is this program, with libcrypto, at the far end of a network that is a file.
 * Counters say who has done the work.
 *
 * usage: kernel_ipsec ccm|gcm|cbc
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "afalg.h"
#include "async.h"
#include "check.h"
#include "dev.h"
#include "kernel_peer.h"

#define PACKET 1300		/* bytes of a datagram's text, at most */
#define ROUNDS 100
#define BURST 400		/* packets; fewer than the network's own queue takes */
#define HERE "10.9.0.1"
#define THERE "10.9.0.2"
#define PORT_HERE 4000
#define PORT_THERE 5000
#define SPI_OUT 0x1001u
#define SPI_IN 0x1002u

static enum peer_mode mode;
/* And the nonce's first bytes, which no packet has. */
static uint8_t esp_key[PEER_HMAC_KEY + 16];
static size_t esp_header;	/* SPI, number, IV */
static size_t esp_aad;		/* of it */
static size_t esp_align;	/* of text, and what says how long it is */
static size_t esp_key_len;

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

/* A request, to which attributes are added. */
struct ask {
	struct nlmsghdr header;
	uint8_t bytes[1024];
};

static void ask_begin(struct ask *ask, uint16_t type, const void *body, size_t len)
{
	*ask = (struct ask) { .header = {
		.nlmsg_len = (uint32_t)(sizeof(ask->header) + align_four(len)),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE,
	} };
	memcpy(ask->bytes, body, len);
}

static void ask_add(struct ask *ask, uint16_t attribute, const void *value, size_t len)
{
	struct nlattr attr = { (uint16_t)(sizeof(attr) + len), attribute };
	uint8_t *at = (uint8_t *)ask + ask->header.nlmsg_len;

	REQUIRE(at + sizeof(attr) + align_four(len) <= ask->bytes + sizeof(ask->bytes));
	memcpy(at, &attr, sizeof(attr));
	memcpy(at + sizeof(attr), value, len);
	ask->header.nlmsg_len += (uint32_t)(sizeof(attr) + align_four(len));
}

static void ask_send(struct ask *ask)
{
	const struct nlmsgerr *answer = (const void *)ask->bytes;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
	uint16_t type = ask->header.nlmsg_type;

	REQUIRE(fd >= 0);
	REQUIRE(send(fd, ask, ask->header.nlmsg_len, 0) > 0);
	REQUIRE(recv(fd, ask, sizeof(*ask), 0) > 0);
	REQUIRE(ask->header.nlmsg_type == NLMSG_ERROR);
	if (answer->error)
		check_note("XFRM request %u: %s", type, strerror(-answer->error));
	REQUIRE(!answer->error);
	close(fd);
}

static const struct xfrm_lifetime_cfg for_ever = {
	.soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF,
	.soft_packet_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
};

static void add_aead(struct ask *ask)
{
	struct {
		struct xfrm_algo_aead algorithm;
		uint8_t key[sizeof(esp_key)];
	} aead = { .algorithm = { .alg_key_len = (unsigned int)(8 * esp_key_len),
				  .alg_icv_len = 8 * PEER_TAG } };

	strcpy(aead.algorithm.alg_name, mode == PEER_GCM ? "rfc4106(gcm(aes))" : "rfc4309(ccm(aes))");
	memcpy(aead.algorithm.alg_key, esp_key, esp_key_len);
	ask_add(ask, XFRMA_ALG_AEAD, &aead, sizeof(aead.algorithm) + esp_key_len);
}

static void add_cbc_and_mac(struct ask *ask)
{
	struct {
		struct xfrm_algo_auth algorithm;
		uint8_t key[PEER_HMAC_KEY];
	} auth = { .algorithm = { .alg_name = "hmac(sha256)", .alg_key_len = 8 * PEER_HMAC_KEY,
				  .alg_trunc_len = 8 * PEER_TAG } };
	struct {
		struct xfrm_algo algorithm;
		uint8_t key[16];
	} cipher = { .algorithm = { .alg_name = "cbc(aes)", .alg_key_len = 8 * 16 } };

	memcpy(auth.algorithm.alg_key, esp_key, PEER_HMAC_KEY);
	memcpy(cipher.algorithm.alg_key, esp_key + PEER_HMAC_KEY, 16);
	ask_add(ask, XFRMA_ALG_AUTH_TRUNC, &auth, sizeof(auth));
	ask_add(ask, XFRMA_ALG_CRYPT, &cipher, sizeof(cipher));
}

static void add_state(const char *from, const char *to, uint32_t spi)
{
	struct xfrm_usersa_info state = {
		.id = { .daddr.a4 = address(to), .spi = htonl(spi), .proto = IPPROTO_ESP },
		.saddr.a4 = address(from), .lft = for_ever, .family = AF_INET,
		.mode = XFRM_MODE_TRANSPORT, .replay_window = 32,
	};
	struct ask ask;

	ask_begin(&ask, XFRM_MSG_NEWSA, &state, sizeof(state));
	if (mode == PEER_CBC)
		add_cbc_and_mac(&ask);
	else
		add_aead(&ask);
	ask_send(&ask);
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

	struct ask ask;

	ask_begin(&ask, XFRM_MSG_NEWPOLICY, &policy, sizeof(policy));
	ask_add(&ask, XFRMA_TMPL, &template, sizeof(template));
	ask_send(&ask);
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

static void esp_nonce(const uint8_t *esp, uint8_t nonce[16])
{
	size_t in_packet = esp_header - 8, first = peer_nonce_len(mode) - in_packet;

	memcpy(nonce, esp_key + 16, first);
	memcpy(nonce + first, esp + 8, in_packet);
}

/* A datagram from there to here, sealed.  Returns the packet's bytes. */
static size_t esp_seal(uint32_t number, const uint8_t *text, size_t len, uint8_t *packet)
{
	uint8_t inner[8 + PACKET + 18], nonce[16], *esp = packet + 20;
	size_t pad = -(8 + len + 2) & (esp_align - 1), all = 8 + len + pad + 2;
	uint32_t from = address(THERE), to = address(HERE);

	memset(packet, 0, 20);
	packet[0] = 0x45;
	put_number(packet + 2, 20 + esp_header + all + PEER_TAG, 2);
	packet[8] = 64;
	packet[9] = IPPROTO_ESP;
	memcpy(packet + 12, &from, 4);
	memcpy(packet + 16, &to, 4);
	put_number(packet + 10, ip_sum(packet), 2);
	put_number(esp, SPI_IN, 4);
	put_number(esp + 4, number, 4);
	dev_fill(esp + 8, esp_header - 8, (uint32_t)rand());
	put_number(inner, PORT_THERE, 2);
	put_number(inner + 2, PORT_HERE, 2);
	put_number(inner + 4, (8 + len) << 16, 4);	/* and no checksum */
	memcpy(inner + 8, text, len);
	for (size_t i = 0; i < pad; i++)
		inner[8 + len + i] = (uint8_t)(i + 1);
	inner[all - 2] = (uint8_t)pad;
	inner[all - 1] = IPPROTO_UDP;
	esp_nonce(esp, nonce);
	peer_aead(mode, true, esp_key, nonce, esp, esp_aad, inner, all, esp + esp_header);
	return 20 + esp_header + all + PEER_TAG;
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
	REQUIRE(len > (ssize_t)(20 + esp_header + PEER_TAG));
	return (size_t)len;
}

static void check_sent(const uint8_t *packet, size_t size, const uint8_t *text, size_t len)
{
	uint8_t inner[2048], nonce[16];
	const uint8_t *esp = packet + 20;
	size_t all = size - 20 - esp_header - PEER_TAG;

	CHECK_EQ(esp[2] << 8 | esp[3], SPI_OUT);
	esp_nonce(esp, nonce);
	if (!CHECK(peer_aead(mode, false, esp_key, nonce, esp, esp_aad, esp + esp_header, all,
			     inner)))
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

/*
 * While the device does nothing, up to some packet: all leave in the order of their numbers, or
 * who gets them takes late ones for repeated.
 */
static void keeps_order(int network, int fd, uint32_t number, uint32_t hangs)
{
	const int room = 4 << 20;
	uint8_t text[64], packet[2048];
	size_t size;

	REQUIRE(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) == 0);
	hang_begin();
	for (uint32_t i = 0; i < BURST; i++) {
		dev_fill(text, sizeof(text), i);
		CHECK_EQ(send(fd, text, sizeof(text), 0), sizeof(text));
		if (i + 1 == hangs)
			hang_end();
	}
	for (uint32_t i = 0; i < BURST; i++) {
		size = read_esp(network, packet, sizeof(packet));
		if (!CHECK_EQ(packet[26] << 8 | packet[27], number + i))
			return;
		dev_fill(text, sizeof(text), i);
		check_sent(packet, size, text, sizeof(text));
	}
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
	/* The device has no session for it, and others come while one is made. */
	keeps_order(network, fd, 1, 100);
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
	/* Cipher and hash are a request each. */
	CHECK_EQ(requests_since(), (mode == PEER_CBC ? 4 : 2) * ROUNDS);
	/* More than a device is given at once. */
	keeps_order(network, fd, BURST + ROUNDS + 1, BURST);
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
	{ "IPsec: the other side is libcrypto's, both ways", ipsec },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 2);
	mode = !strcmp(argv[1], "ccm") ? PEER_CCM : !strcmp(argv[1], "cbc") ? PEER_CBC : PEER_GCM;
	esp_key_len = 16 + peer_nonce_len(mode) - 8;	/* of the first two */
	esp_header = mode == PEER_CBC ? 24 : 16;
	esp_aad = mode == PEER_CBC ? 24 : 8;
	esp_align = mode == PEER_CBC ? 16 : 4;
	REQUIRE(afalg_wait(AFALG_LAST));
	srand(1);
	return check_main(cases, ARRAY_SIZE(cases));
}
