// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <net/if.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "kernel_peer.h"

#define PEER_TEXT 2048

/* In CCM a message of RFC 4309 has four bytes for its length. */
size_t peer_nonce_len(enum peer_mode mode)
{
	if (mode == PEER_CBC)
		return 16;
	return mode == PEER_GCM ? 12 : 11;
}

static void cbc(bool seal, const uint8_t *key, const uint8_t *iv, const uint8_t *in, size_t len,
		uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n;

	REQUIRE(context);
	REQUIRE(EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv, seal) == 1);
	REQUIRE(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
	REQUIRE(EVP_CipherUpdate(context, out, &n, in, (int)len) == 1 && n == (int)len);
	EVP_CIPHER_CTX_free(context);
}

static void mac(const uint8_t *key, const uint8_t *aad, size_t aadlen, const uint8_t *text,
		size_t len, uint8_t *tag)
{
	uint8_t all[PEER_TEXT], digest[32];

	REQUIRE(aadlen + len <= sizeof(all));
	memcpy(all, aad, aadlen);
	memcpy(all + aadlen, text, len);
	REQUIRE(HMAC(EVP_sha256(), key, PEER_HMAC_KEY, all, aadlen + len, digest, NULL));
	memcpy(tag, digest, PEER_TAG);
}

/* What is authenticated is the ciphertext. */
static bool cbc_and_mac(bool seal, const uint8_t *key, const uint8_t *iv, const uint8_t *aad,
			size_t aadlen, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t tag[PEER_TAG];

	if (seal) {
		cbc(seal, key + PEER_HMAC_KEY, iv, in, len, out);
		mac(key, aad, aadlen, out, len, out + len);
		return true;
	}
	mac(key, aad, aadlen, in, len, tag);
	cbc(seal, key + PEER_HMAC_KEY, iv, in, len, out);
	return !memcmp(tag, in + len, PEER_TAG);
}

bool peer_aead(enum peer_mode mode, bool seal, const uint8_t *key, const uint8_t *nonce,
	       const uint8_t *aad, size_t aadlen, const uint8_t *in, size_t len, uint8_t *out)
{
	const EVP_CIPHER *cipher = mode == PEER_GCM ? EVP_aes_128_gcm() : EVP_aes_128_ccm();
	EVP_CIPHER_CTX *context;
	uint8_t tag[PEER_TAG];
	int n;
	bool good;

	if (mode == PEER_CBC)
		return cbc_and_mac(seal, key, nonce, aad, aadlen, in, len, out);
	context = EVP_CIPHER_CTX_new();
	REQUIRE(context);
	REQUIRE(EVP_CipherInit_ex(context, cipher, NULL, NULL, NULL, seal) == 1);
	REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)peer_nonce_len(mode),
				    NULL) == 1);
	memcpy(tag, in + (seal ? 0 : len), seal ? 0 : PEER_TAG);
	/* CCM wants to know beforehand how long tag and text are. */
	if (!seal || mode == PEER_CCM)
		REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, PEER_TAG,
					    seal ? NULL : tag) == 1);
	REQUIRE(EVP_CipherInit_ex(context, NULL, NULL, key, nonce, seal) == 1);
	if (mode == PEER_CCM)
		REQUIRE(EVP_CipherUpdate(context, NULL, &n, NULL, (int)len) == 1);
	REQUIRE(EVP_CipherUpdate(context, NULL, &n, aad, (int)aadlen) == 1);
	/* CCM says here whether the tag is right. */
	good = EVP_CipherUpdate(context, out, &n, in, (int)len) == 1;
	REQUIRE(good || (mode == PEER_CCM && !seal));
	good = good && (mode == PEER_CCM || EVP_CipherFinal_ex(context, out + n, &n) == 1);
	if (seal)
		REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, PEER_TAG, out + len) == 1);
	EVP_CIPHER_CTX_free(context);
	return good;
}

long long requests_since(void)
{
	static long long before;
	long long now = dev_counter("crypt_requests"), since = now - before;

	before = now;
	return since;
}

size_t random_length(size_t most)
{
	return 1 + (size_t)rand() % most;
}

void put_number(uint8_t *to, uint64_t number, size_t bytes)
{
	while (bytes--) {
		to[bytes] = (uint8_t)number;
		number >>= 8;
	}
}

void bring_up(const char *name, const char *address)
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
