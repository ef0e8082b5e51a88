// SPDX-License-Identifier: GPL-2.0-or-later
/* The calls beside the main ones: session information, features, hash copies, and unknown ones. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

static const uint8_t key[64] = { 1, 2, 3 };

/* What stands in the struct before the call. */
#define UNTOUCHED 0xa5

static bool is_untouched(const struct alg_info *info)
{
	static struct alg_info untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	return !memcmp(info, &untouched, sizeof(untouched));
}

static bool is_name(const char *name, size_t size)
{
	return name[0] && memchr(name, 0, size);
}

static void get_info(int fd, uint32_t ses, struct session_info_op *info)
{
	memset(info, UNTOUCHED, sizeof(*info));
	info->ses = ses;
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, info));
	CHECK_EQ(info->ses, ses);
	CHECK(info->flags & SIOP_FLAG_KERNEL_DRIVER_ONLY);
}

/* 4.INFO.1, 4.INFO.2 */
static void info_of_cipher(void)
{
	static const struct {
		uint32_t cipher, keylen;
		const char *name;
	} ciphers[] = {
		{ CRYPTO_AES_CBC, 24, "cbc(aes)" },
		{ CRYPTO_AES_CTR, 32, "ctr(aes)" },
		{ CRYPTO_AES_ECB, 16, "ecb(aes)" },
		{ CRYPTO_NULL, 0, "ecb(cipher_null)" },
	};
	struct session_info_op info;
	int fd = dev_open();

	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		get_info(fd, dev_cipher(fd, ciphers[i].cipher, key, ciphers[i].keylen), &info);
		CHECK(is_name(info.cipher_info.cra_name, 64));
		CHECK(!strncmp(info.cipher_info.cra_name, ciphers[i].name, 64));
		CHECK(is_name(info.cipher_info.cra_driver_name, 64));
		CHECK(is_untouched(&info.hash_info));
		check_note("%s is done by %s, alignmask %u", info.cipher_info.cra_name,
			   info.cipher_info.cra_driver_name, info.alignmask);
	}
	close(fd);
}

/* 4.INFO.1, 4.INFO.2 */
static void info_of_hash(void)
{
	static const struct {
		uint32_t mac, keylen;
		const char *name;
	} macs[] = {
		{ CRYPTO_SHA2_256, 0, "sha256" },
		{ CRYPTO_SHA1_HMAC, 20, "hmac(sha1)" },
		{ CRYPTO_MD5, 0, "md5" },
		{ CRYPTO_SHA2_512_HMAC, 64, "hmac(sha512)" },
	};
	struct session_info_op info;
	int fd = dev_open();

	for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
		get_info(fd, dev_hash(fd, macs[i].mac, key, macs[i].keylen), &info);
		CHECK(is_name(info.hash_info.cra_name, 64));
		CHECK(!strncmp(info.hash_info.cra_name, macs[i].name, 64));
		CHECK(is_name(info.hash_info.cra_driver_name, 64));
		CHECK(is_untouched(&info.cipher_info));
	}
	close(fd);
}

/* 4.INFO.1 */
static void info_of_both(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = 16,
		.key = dev_unconst(key),
		.mac = CRYPTO_SHA2_256_HMAC,
		.mackeylen = 32,
		.mackey = dev_unconst(key),
	};
	struct session_info_op info;
	int fd = dev_open();

	get_info(fd, dev_session(fd, &session), &info);
	CHECK(!strncmp(info.cipher_info.cra_name, "cbc(aes)", 64));
	CHECK(!strncmp(info.hash_info.cra_name, "hmac(sha256)", 64));
	close(fd);
}

/* 4.INFO.3 */
static void info_of_unknown(void)
{
	struct session_info_op info = { .ses = 77 };
	int fd = dev_open(), other = dev_open();

	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, &info), EINVAL);
	info.ses = 0;
	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, &info), EINVAL);
	info.ses = dev_cipher(other, CRYPTO_AES_CBC, key, 16);
	CHECK_ERRNO(ioctl(fd, CIOCGSESSINFO, &info), EINVAL);
	close(fd);
	close(other);
}

/* 1.ASYMFEAT */
static void asymfeat(void)
{
	uint32_t features = 0xffffffff;
	int fd = dev_open();

	CHECK_OK(ioctl(fd, CIOCASYMFEAT, &features));
	CHECK_EQ(features, 0);
	close(fd);
}

/* 1.UNKNOWN */
static void unknown_commands(void)
{
	static uint8_t room[1 << 14];
	int fd = dev_open();

	CHECK_ERRNO(ioctl(fd, _IO('c', 1), room), EINVAL);
	CHECK_ERRNO(ioctl(fd, _IOWR('x', 104, struct crypt_op), room), EINVAL);
	CHECK_ERRNO(ioctl(fd, _IOWR('c', 108, struct crypt_op), room), EINVAL);
	/* CIOCKEY, and a known number with another size. */
	CHECK_ERRNO(ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'c', 105, 0x90), room), EINVAL);
	CHECK_ERRNO(ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'c', 104, 47), room), EINVAL);
	CHECK_ERRNO(ioctl(fd, 0, room), EINVAL);
	close(fd);
}

static int copy_state(int fd, uint32_t dst, uint32_t src)
{
	struct cphash_op copy = { .dst_ses = dst, .src_ses = src };

	return ioctl(fd, CIOCCPHASH, &copy);
}

/* Both go on from "one", each its own way, and neither disturbs the other. */
static void cphash_copies(uint32_t mac, uint32_t keylen, const uint8_t *dst_key)
{
	uint8_t expected[2][64] = { 0 }, actual[2][64] = { 0 };
	int fd = dev_open();
	uint32_t src = dev_hash(fd, mac, key, keylen), dst = dev_hash(fd, mac, dst_key, keylen);
	uint32_t plain = dev_hash(fd, mac, key, keylen);

	CHECK_OK(dev_digest(fd, plain, 0, "onetwo", 6, expected[0]));
	CHECK_OK(dev_digest(fd, plain, 0, "onethree", 8, expected[1]));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_UPDATE, "to be forgotten", 15, NULL));
	CHECK_OK(dev_digest(fd, src, COP_FLAG_UPDATE, "one", 3, NULL));
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(dev_digest(fd, src, COP_FLAG_FINAL, "two", 3, actual[0]));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_FINAL, "three", 5, actual[1]));
	CHECK_MEM(actual[0], expected[0], 64);
	CHECK_MEM(actual[1], expected[1], 64);
	close(fd);
}

/* 4.CPHASH, 6.COMPAT */
static void cphash_of_hashes(void)
{
	cphash_copies(CRYPTO_MD5, 0, NULL);
	cphash_copies(CRYPTO_SHA1, 0, NULL);
	cphash_copies(CRYPTO_SHA2_256, 0, NULL);
	cphash_copies(CRYPTO_SHA2_512, 0, NULL);
}

/* 4.CPHASH */
static void cphash_of_hmacs(void)
{
	cphash_copies(CRYPTO_SHA1_HMAC, 20, key + 1);
	cphash_copies(CRYPTO_SHA2_256_HMAC, 32, key);
}

/* 4.CPHASH.4 */
static void cphash_lends_the_key(void)
{
	uint8_t own[64] = { 0 }, source[64] = { 0 }, actual[64] = { 0 };
	int fd = dev_open();
	uint32_t src = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, 20);
	uint32_t dst = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key + 1, 31);

	CHECK_OK(dev_digest(fd, src, 0, "text", 4, source));
	CHECK_OK(dev_digest(fd, dst, 0, "text", 4, own));
	/* Of no data yet, then ended: the next message has the own key. */
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_UPDATE, "te", 2, NULL));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_FINAL, "xt", 2, actual));
	CHECK_MEM(actual, source, 64);
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_UPDATE, "te", 2, NULL));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_FINAL, "xt", 2, actual));
	CHECK_MEM(actual, own, 64);
	/* In the middle, then given up. */
	CHECK_OK(dev_digest(fd, src, COP_FLAG_UPDATE, "te", 2, NULL));
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_RESET | COP_FLAG_FINAL, "text", 4, actual));
	CHECK_MEM(actual, own, 64);
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(dev_digest(fd, dst, 0, "text", 4, actual));
	CHECK_MEM(actual, own, 64);
	CHECK_OK(dev_digest(fd, src, COP_FLAG_FINAL, "xt", 2, actual));
	CHECK_MEM(actual, source, 64);
	close(fd);
}

/* Encrypts 16 bytes, going on from the session's IV and hash. */
static int encrypt_on(int fd, uint32_t ses, uint16_t flags, uint8_t *out, uint8_t *mac)
{
	static uint8_t plain[16] = "sixteen letters";
	struct crypt_op op = {
		.ses = ses, .op = COP_ENCRYPT, .flags = flags, .len = 16, .src = plain, .dst = out,
		.mac = mac,
	};

	return ioctl(fd, CIOCCRYPT, &op);
}

/* A session with cipher and MAC, whose keys come from "key" too. */
static uint32_t session_with_both(int fd)
{
	uint8_t cipher_key[16], mac_key[9];
	struct session_op both = {
		.cipher = CRYPTO_AES_CBC, .keylen = 16, .key = cipher_key,
		.mac = CRYPTO_SHA1_HMAC, .mackeylen = 9, .mackey = mac_key,
	};

	memcpy(cipher_key, key, 16);
	memcpy(mac_key, key + 2, 9);
	return dev_session(fd, &both);
}

/* 4.CPHASH.4 */
static void cphash_leaves_the_cipher(void)
{
	uint8_t expected[2][16], out[16], mac[64] = { 0 }, source[64] = { 0 };
	int fd = dev_open();
	uint32_t plain = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	uint32_t src = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20), dst = session_with_both(fd);

	CHECK_OK(encrypt_on(fd, plain, COP_FLAG_UPDATE, expected[0], NULL));
	CHECK_OK(encrypt_on(fd, plain, COP_FLAG_UPDATE, expected[1], NULL));
	CHECK_OK(dev_digest(fd, src, 0, "onesixteen letters", 19, source));
	CHECK_OK(encrypt_on(fd, dst, COP_FLAG_UPDATE, out, mac));
	CHECK_MEM(out, expected[0], 16);
	CHECK_OK(dev_digest(fd, src, COP_FLAG_UPDATE, "one", 3, NULL));
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(encrypt_on(fd, dst, COP_FLAG_FINAL, out, mac));
	CHECK_MEM(out, expected[1], 16);
	CHECK_MEM(mac, source, 64);
	close(fd);
}

/* 4.CPHASH.4 */
static void cphash_from_a_session_with_a_cipher(void)
{
	uint8_t out[16], expected[64] = { 0 }, actual[64] = { 0 };
	int fd = dev_open();
	uint32_t src = session_with_both(fd), dst = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);
	uint32_t same = dev_hash(fd, CRYPTO_SHA1_HMAC, key + 2, 9);

	CHECK_OK(dev_digest(fd, same, 0, "sixteen letters\0more", 20, expected));
	CHECK_OK(encrypt_on(fd, src, COP_FLAG_UPDATE, out, NULL));
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(dev_digest(fd, dst, COP_FLAG_FINAL, "more", 4, actual));
	CHECK_MEM(actual, expected, 64);
	close(fd);
}

static int gmac_on(int fd, uint32_t ses, uint16_t flags, const char *text, uint8_t *iv,
		   uint8_t *mac)
{
	struct crypt_op op = {
		.ses = ses, .flags = flags, .len = (uint32_t)strlen(text),
		.src = dev_unconst(text), .mac = mac, .iv = iv,
	};

	return ioctl(fd, CIOCCRYPT, &op);
}

/* 4.CPHASH.5 */
static void cphash_of_gmacs(void)
{
	uint8_t iv[12] = "twelve bytes", whole[16], other[16], mac[16];
	int fd = dev_open();
	uint32_t src, dst;

	if (!dev_offers_mac(fd, CRYPTO_AES_GMAC, 16))
		return;
	src = dev_hash(fd, CRYPTO_AES_GMAC, key, 16);
	dst = dev_hash(fd, CRYPTO_AES_GMAC, key + 1, 32);
	CHECK_OK(gmac_on(fd, src, 0, "onetwo", iv, whole));
	CHECK_OK(gmac_on(fd, dst, 0, "two", iv, other));
	CHECK_OK(gmac_on(fd, src, COP_FLAG_UPDATE, "one", iv, NULL));
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_OK(gmac_on(fd, dst, COP_FLAG_FINAL, "two", NULL, mac));
	CHECK_MEM(mac, whole, 16);
	CHECK_OK(gmac_on(fd, src, COP_FLAG_FINAL, "two", NULL, mac));
	CHECK_MEM(mac, whole, 16);
	/* Now it has none: neither has the other then, and begins with its own key. */
	CHECK_OK(gmac_on(fd, dst, COP_FLAG_UPDATE, "one", iv, NULL));
	CHECK_OK(copy_state(fd, dst, src));
	CHECK_ERRNO(gmac_on(fd, dst, COP_FLAG_FINAL, "two", NULL, mac), EINVAL);
	CHECK_OK(gmac_on(fd, dst, COP_FLAG_FINAL, "two", iv, mac));
	CHECK_MEM(mac, other, 16);
	close(fd);
}

/* 4.CPHASH.1, 4.CPHASH.2, 4.CPHASH.3, 6.CPHASH */
static void cphash_errors(void)
{
	int fd = dev_open(), other = dev_open();
	uint32_t hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	uint32_t same_type = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	uint32_t longer = dev_hash(fd, CRYPTO_SHA2_512, NULL, 0);
	uint32_t hmac = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);
	uint32_t cipher = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	uint32_t cipher2 = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	uint32_t foreign = dev_hash(other, CRYPTO_SHA1, NULL, 0);

	/* An id that no session of the first file has; ids may start anew in each. */
	while (foreign == hash || foreign == same_type || foreign == longer || foreign == hmac ||
	       foreign == cipher || foreign == cipher2)
		foreign = dev_hash(other, CRYPTO_SHA1, NULL, 0);
	CHECK_ERRNO(copy_state(fd, hash, foreign), ENOENT);
	CHECK_ERRNO(copy_state(fd, foreign, hash), ENOENT);
	CHECK_ERRNO(copy_state(fd, hash, 0), ENOENT);
	CHECK_ERRNO(copy_state(fd, hash, hash), EDEADLK);
	CHECK_ERRNO(copy_state(fd, hash, cipher), EINVAL);
	CHECK_ERRNO(copy_state(fd, cipher, hash), EINVAL);
	CHECK_ERRNO(copy_state(fd, cipher, cipher2), EINVAL);
	CHECK_ERRNO(copy_state(fd, hash, longer), EINVAL);
	CHECK_ERRNO(copy_state(fd, longer, hash), EINVAL);
	CHECK_ERRNO(copy_state(fd, hash, hmac), EINVAL);
	CHECK_OK(copy_state(fd, hash, same_type));
	close(fd);
	close(other);
}

static const struct check_case cases[] = {
	{ "CIOCGSESSINFO of a cipher fills cipher_info and leaves hash_info", info_of_cipher },
	{ "CIOCGSESSINFO of a hash fills hash_info and leaves cipher_info", info_of_hash },
	{ "CIOCGSESSINFO of both fills both", info_of_both },
	{ "CIOCGSESSINFO of an unknown session is EINVAL", info_of_unknown },
	{ "CIOCASYMFEAT stores 0", asymfeat },
	{ "an unknown command is EINVAL, not ENOTTY", unknown_commands },
	{ "CIOCCPHASH copies the state of a hash", cphash_of_hashes },
	{ "CIOCCPHASH copies the state and the key of an HMAC", cphash_of_hmacs },
	{ "CIOCCPHASH gives the key until the next reset", cphash_lends_the_key },
	{ "CIOCCPHASH leaves cipher, key and IV as they are", cphash_leaves_the_cipher },
	{ "CIOCCPHASH from a session with a cipher", cphash_from_a_session_with_a_cipher },
	{ "CIOCCPHASH of a MAC that takes an IV copies what has begun", cphash_of_gmacs },
	{ "CIOCCPHASH says ENOENT, EDEADLK and EINVAL", cphash_errors },
};

CHECK_MAIN(cases)
