// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header as programs were compiled with it: numbers, sizes and offsets, for 64-bit
 * and for 32-bit callers.  Written down here once more, because a program that was
 * compiled elsewhere does not notice what changes in ours.
 */
#include <stddef.h>

#include "check.h"
#include "dev.h"

#define LP64 (sizeof(void *) == 8)

/* 1.NUMBERS */
static void ioctl_numbers(void)
{
	CHECK_EQ(CRIOGET, 0xc0046365);
	CHECK_EQ(CIOCGSESSION, LP64 ? 0xc0306366 : 0xc01c6366);
	CHECK_EQ(CIOCFSESSION, 0x40046367);
	CHECK_EQ(CIOCCRYPT, LP64 ? 0xc0306368 : 0xc01c6368);
	CHECK_EQ(CIOCASYMFEAT, 0x8004636a);
	CHECK_EQ(CIOCGSESSINFO, 0xc10c636b);
	CHECK_EQ(CIOCAUTHCRYPT, LP64 ? 0xc048636d : 0xc02c636d);
	CHECK_EQ(CIOCASYNCCRYPT, LP64 ? 0x4030636e : 0x401c636e);
	CHECK_EQ(CIOCASYNCFETCH, LP64 ? 0x8030636f : 0x801c636f);
	CHECK_EQ(CIOCCPHASH, 0x40086370);
	if (LP64)
		CHECK_EQ(CIOCKEY, 0xc0906369);
}

#define AT(type, member, lp64, ilp32) CHECK_EQ(offsetof(struct type, member), LP64 ? lp64 : ilp32)

/* 2.STRUCTS */
static void session_structs(void)
{
	CHECK_EQ(sizeof(struct session_op), LP64 ? 48 : 28);
	AT(session_op, cipher, 0, 0);
	AT(session_op, mac, 4, 4);
	AT(session_op, keylen, 8, 8);
	AT(session_op, key, 16, 12);
	AT(session_op, mackeylen, 24, 16);
	AT(session_op, mackey, 32, 20);
	AT(session_op, ses, 40, 24);
	CHECK_EQ(sizeof(struct session_info_op), 268);
	AT(session_info_op, ses, 0, 0);
	AT(session_info_op, cipher_info.cra_name, 4, 4);
	AT(session_info_op, cipher_info.cra_driver_name, 68, 68);
	AT(session_info_op, hash_info, 132, 132);
	AT(session_info_op, alignmask, 260, 260);
	AT(session_info_op, flags, 264, 264);
	CHECK_EQ(sizeof(struct cphash_op), 8);
	AT(cphash_op, dst_ses, 0, 0);
	AT(cphash_op, src_ses, 4, 4);
}

/* 2.STRUCTS, 6.COMPAT */
static void data_structs(void)
{
	CHECK_EQ(sizeof(struct crypt_op), LP64 ? 48 : 28);
	AT(crypt_op, ses, 0, 0);
	AT(crypt_op, op, 4, 4);
	AT(crypt_op, flags, 6, 6);
	AT(crypt_op, len, 8, 8);
	AT(crypt_op, src, 16, 12);
	AT(crypt_op, dst, 24, 16);
	AT(crypt_op, mac, 32, 20);
	AT(crypt_op, iv, 40, 24);
	CHECK_EQ(sizeof(struct crypt_auth_op), LP64 ? 72 : 44);
	AT(crypt_auth_op, ses, 0, 0);
	AT(crypt_auth_op, op, 4, 4);
	AT(crypt_auth_op, flags, 6, 6);
	AT(crypt_auth_op, len, 8, 8);
	AT(crypt_auth_op, auth_len, 12, 12);
	AT(crypt_auth_op, auth_src, 16, 16);
	AT(crypt_auth_op, src, 24, 20);
	AT(crypt_auth_op, dst, 32, 24);
	AT(crypt_auth_op, tag, 40, 28);
	AT(crypt_auth_op, tag_len, 48, 32);
	AT(crypt_auth_op, iv, 56, 36);
	AT(crypt_auth_op, iv_len, 64, 40);
}

/* 3.CONSTANTS */
static void algorithms(void)
{
	static const struct {
		uint32_t is, number;
	} numbers[] = {
		{ CRYPTO_DES_CBC, 1 },		   { CRYPTO_3DES_CBC, 2 },
		{ CRYPTO_BLF_CBC, 3 },		   { CRYPTO_CAST_CBC, 4 },
		{ CRYPTO_SKIPJACK_CBC, 5 },	   { CRYPTO_MD5_HMAC, 6 },
		{ CRYPTO_SHA1_HMAC, 7 },	   { CRYPTO_RIPEMD160_HMAC, 8 },
		{ CRYPTO_MD5_KPDK, 9 },		   { CRYPTO_SHA1_KPDK, 10 },
		{ CRYPTO_AES_CBC, 11 },		   { CRYPTO_RIJNDAEL128_CBC, 11 },
		{ CRYPTO_ARC4, 12 },		   { CRYPTO_MD5, 13 },
		{ CRYPTO_SHA1, 14 },		   { CRYPTO_DEFLATE_COMP, 15 },
		{ CRYPTO_NULL, 16 },		   { CRYPTO_LZS_COMP, 17 },
		{ CRYPTO_SHA2_256_HMAC, 18 },	   { CRYPTO_SHA2_384_HMAC, 19 },
		{ CRYPTO_SHA2_512_HMAC, 20 },	   { CRYPTO_AES_CTR, 21 },
		{ CRYPTO_AES_XTS, 22 },		   { CRYPTO_AES_ECB, 23 },
		{ CRYPTO_AES_CFB, 24 },		   { CRYPTO_AES_OFB, 25 },
		{ CRYPTO_AES_GCM, 50 },		   { CRYPTO_AES_CCM, 51 },
		{ CRYPTO_CAMELLIA_CBC, 101 },	   { CRYPTO_RIPEMD160, 102 },
		{ CRYPTO_SHA2_224, 103 },	   { CRYPTO_SHA2_256, 104 },
		{ CRYPTO_SHA2_384, 105 },	   { CRYPTO_SHA2_512, 106 },
		{ CRYPTO_SHA2_224_HMAC, 107 },	   { CRYPTO_TLS11_AES_CBC_HMAC_SHA1, 108 },
		{ CRYPTO_TLS12_AES_CBC_HMAC_SHA256, 109 },
		{ CRYPTO_CHACHA20_POLY1305, 1024 }, { CRYPTO_SHA3_224, 1025 },
		{ CRYPTO_SHA3_256, 1026 },	   { CRYPTO_SHA3_384, 1027 },
		{ CRYPTO_SHA3_512, 1028 },	   { CRYPTO_SHA3_224_HMAC, 1029 },
		{ CRYPTO_SHA3_256_HMAC, 1030 },	   { CRYPTO_SHA3_384_HMAC, 1031 },
		{ CRYPTO_SHA3_512_HMAC, 1032 },	   { CRYPTO_AES_CMAC, 1033 },
		{ CRYPTO_AES_GMAC, 1034 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		CHECK_EQ(numbers[i].is, numbers[i].number);
	CHECK(CRYPTO_ALGORITHM_MAX >= 109);
}

/* 3.CONSTANTS */
static void flags_and_limits(void)
{
	CHECK_EQ(COP_ENCRYPT, 0);
	CHECK_EQ(COP_DECRYPT, 1);
	CHECK_EQ(COP_FLAG_NONE, 0);
	CHECK_EQ(COP_FLAG_UPDATE, 0x01);
	CHECK_EQ(COP_FLAG_FINAL, 0x02);
	CHECK_EQ(COP_FLAG_WRITE_IV, 0x04);
	CHECK_EQ(COP_FLAG_NO_ZC, 0x08);
	CHECK_EQ(COP_FLAG_AEAD_TLS_TYPE, 0x10);
	CHECK_EQ(COP_FLAG_AEAD_SRTP_TYPE, 0x20);
	CHECK_EQ(COP_FLAG_RESET, 0x40);
	CHECK_EQ(SIOP_FLAG_KERNEL_DRIVER_ONLY, 1);
	CHECK_EQ(CRYPTO_CIPHER_MAX_KEY_LEN, 64);
	CHECK_EQ(CRYPTO_HMAC_MAX_KEY_LEN, 512);
	CHECK_EQ(EALG_MAX_BLOCK_LEN, 16);
	CHECK_EQ(AALG_MAX_RESULT_LEN, 64);
	CHECK_EQ(HASH_MAX_LEN, 64);
	CHECK_EQ(CRYPTODEV_MAX_ALG_NAME, 64);
}

/* 3.CONSTANTS */
static void block_lengths(void)
{
	CHECK_EQ(DES_BLOCK_LEN, 8);
	CHECK_EQ(DES3_BLOCK_LEN, 8);
	CHECK_EQ(BLOWFISH_BLOCK_LEN, 8);
	CHECK_EQ(CAST128_BLOCK_LEN, 8);
	CHECK_EQ(SKIPJACK_BLOCK_LEN, 8);
	CHECK_EQ(RIJNDAEL128_BLOCK_LEN, 16);
	CHECK_EQ(AES_BLOCK_LEN, 16);
	CHECK_EQ(CAMELLIA_BLOCK_LEN, 16);
}

/* 3.CONSTANTS */
static void asymmetric(void)
{
	CHECK_EQ(CRK_MAXPARAM, 8);
	CHECK_EQ(CRK_ALGORITHM_MAX, 4);
	CHECK_EQ(CRF_DH_COMPUTE_KEY, 16);
	CHECK_EQ(CRYPTO_ALG_FLAG_SUPPORTED, 1);
	CHECK_EQ(CRYPTO_ALG_FLAG_RNG_ENABLE, 2);
	CHECK_EQ(CRYPTO_ALG_FLAG_DSA_SHA, 4);
}

/* 2.STRUCTS: The annotation of the structures' pointers is nothing to a program, which may write it, too. */
static void user_pointers(void)
{
	struct crypt_op op = { .src = NULL };
	__u8 __user *source = op.src;

	CHECK(!source);
}

/* 4.OPEN.4: Programs ask by #ifdef and then save themselves the call. */
static void crioget_not_needed(void)
{
#ifdef CRIOGET_NOT_NEEDED
	CHECK_OK(0);
#else
	CHECK(false);
#endif
}

static const struct check_case cases[] = {
	{ "1.NUMBERS: ioctls have their numbers", ioctl_numbers },
	{ "2.STRUCTS: structures about sessions have their layout", session_structs },
	{ "2.STRUCTS: structures about data have their layout", data_structs },
	{ "3.CONSTANTS: algorithms have their numbers", algorithms },
	{ "3.CONSTANTS: flags and limits have their values", flags_and_limits },
	{ "3.CONSTANTS: the ciphers' block lengths have their values", block_lengths },
	{ "3.CONSTANTS: what is for asymmetric cryptography has its values", asymmetric },
	{ "2.STRUCTS: pointers may be written as they are in the header", user_pointers },
	{ "4.OPEN.4: CRIOGET_NOT_NEEDED is defined", crioget_not_needed },
};

CHECK_MAIN(cases)
