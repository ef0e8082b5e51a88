// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <strings.h>

#include "kat.h"

static const struct name {
	const char *name;
	uint32_t id;
} ciphers[] = {
	{ "AES-ECB", VCRYPTO_CIPHER_AES_ECB },
	{ "AES-CBC", VCRYPTO_CIPHER_AES_CBC },
	{ "AES-CTR", VCRYPTO_CIPHER_AES_CTR },
	{ "AES-CFB", VCRYPTO_CIPHER_AES_CFB },
	{ "AES-OFB", VCRYPTO_CIPHER_AES_OFB },
	{ "AES-XTS", VCRYPTO_CIPHER_AES_XTS },
	{ "AES-GCM", VCRYPTO_CIPHER_AES_GCM },
	{ "AES-CCM", VCRYPTO_CIPHER_AES_CCM },
	{ "DES-CBC", VCRYPTO_CIPHER_DES_CBC },
	{ "3DES-CBC", VCRYPTO_CIPHER_3DES_CBC },
	{ "BLOWFISH-CBC", VCRYPTO_CIPHER_BLOWFISH_CBC },
	{ "CAMELLIA-CBC", VCRYPTO_CIPHER_CAMELLIA_CBC },
	{ "CHACHA20-POLY1305", VCRYPTO_CIPHER_CHACHA20_POLY1305 },
	{ "NULL", VCRYPTO_CIPHER_NULL },
}, macs[] = {
	{ "HMAC-MD5", VCRYPTO_MAC_HMAC_MD5 },
	{ "HMAC-SHA1", VCRYPTO_MAC_HMAC_SHA1 },
	{ "HMAC-RIPEMD160", VCRYPTO_MAC_HMAC_RIPEMD160 },
	{ "HMAC-SHA2-224", VCRYPTO_MAC_HMAC_SHA2_224 },
	{ "HMAC-SHA2-256", VCRYPTO_MAC_HMAC_SHA2_256 },
	{ "HMAC-SHA2-384", VCRYPTO_MAC_HMAC_SHA2_384 },
	{ "HMAC-SHA2-512", VCRYPTO_MAC_HMAC_SHA2_512 },
	{ "HMAC-SHA3-224", VCRYPTO_MAC_HMAC_SHA3_224 },
	{ "HMAC-SHA3-256", VCRYPTO_MAC_HMAC_SHA3_256 },
	{ "HMAC-SHA3-384", VCRYPTO_MAC_HMAC_SHA3_384 },
	{ "HMAC-SHA3-512", VCRYPTO_MAC_HMAC_SHA3_512 },
};

static const struct name *by_name(const struct name *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcasecmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

uint32_t kat_find_cipher(const char *name)
{
	const struct name *found = by_name(ciphers, COUNT(ciphers), name);

	return found ? found->id : 0;
}

/* A hash has the name of its HMAC without the front. */
uint32_t kat_find_mac(const char *name)
{
	char keyed[32];
	const struct name *found = by_name(macs, COUNT(macs), name);

	if (found)
		return found->id;
	snprintf(keyed, sizeof(keyed), "HMAC-%s", name);
	found = by_name(macs, COUNT(macs), keyed);
	return found ? found->id - VCRYPTO_HMAC : 0;
}

const char *kat_cipher_name(uint32_t id)
{
	size_t i;

	for (i = 0; i < COUNT(ciphers); i++)
		if (ciphers[i].id == id)
			return ciphers[i].name;
	return "an unknown cipher";
}

const char *kat_mac_name(uint32_t id)
{
	size_t i;

	for (i = 0; i < COUNT(macs); i++)
		if (macs[i].id == id)
			return macs[i].name;
		else if (macs[i].id == id + VCRYPTO_HMAC)
			return macs[i].name + strlen("HMAC-");
	return "an unknown MAC";
}

/* Some are for the ring only, some for the ioctls only; see ring.c and device.c. */
static const struct {
	const char *name;
	const char *help;
} cuts[CUT_COUNT] = {
	[CUT_WHOLE] = { "whole", "one buffer for each half of the request" },
	[CUT_BYTES] = { "bytes", "one byte in each buffer, as far as the ring has room" },
	[CUT_FIELDS] = { "fields", "a cut at every border of a field" },
	[CUT_HEADER] = { "header", "cuts within the headers and parameters" },
	[CUT_PAGES] = { "pages", "buffers across pages that lie apart" },
	[CUT_INDIRECT] = { "indirect", "all buffers in an indirect table" },
	[CUT_MIXED] = { "mixed", "the first buffer direct, the others in an indirect table" },
	[CUT_IN_PLACE] = { "inplace", "source and destination are the same bytes" },
	[CUT_INTERLEAVED] = { "interleaved", "pieces of source and destination take turns" },
	[CUT_OVERLAP] = { "overlap", "the destination begins within the source" },
	[CUT_UNALIGNED] = { "unaligned", "source and destination at odd addresses" },
	[CUT_EDGE] = { "edge", "buffers that end where memory ends" },
	[CUT_REQUESTS] = { "requests", "several requests that go on from each other" },
};

const char *cut_name(enum cut cut)
{
	return cuts[cut].name;
}

const char *cut_help(enum cut cut)
{
	return cuts[cut].help;
}
