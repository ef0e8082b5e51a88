// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <string.h>

#include "guess.h"

/* What contains another comes first.  A name that ends with "-" wants a mode. */
static const struct {
	const char *pattern;
	const char *name;
} families[] = {
	{ "XTS", "AES-XTS" }, { "XPN", "AES-XPN" }, { "GCM-SIV", "AES-GCM-SIV" },
	{ "GCM", "AES-GCM" }, { "CCM", "AES-CCM" },
	{ "CHACHA20POLY1305", "CHACHA20-POLY1305" },
	{ "CHACHA20-POLY1305", "CHACHA20-POLY1305" },
	{ "RFC 7539", "CHACHA20-POLY1305" }, { "RFC 8439", "CHACHA20-POLY1305" },
	{ "CMAC", "CMAC" }, { "HMAC", "HMAC" }, { "SHAKE", "SHAKE" },
	{ "SHA-512/224", "SHA-512/224" }, { "SHA512_224", "SHA-512/224" },
	{ "SHA-512/256", "SHA-512/256" }, { "SHA512_256", "SHA-512/256" },
	{ "SHA3-224", "SHA3-224" }, { "SHA3_224", "SHA3-224" },
	{ "SHA3-256", "SHA3-256" }, { "SHA3_256", "SHA3-256" },
	{ "SHA3-384", "SHA3-384" }, { "SHA3_384", "SHA3-384" },
	{ "SHA3-512", "SHA3-512" }, { "SHA3_512", "SHA3-512" },
	{ "SHA-224", "SHA2-224" }, { "SHA224", "SHA2-224" }, { "SHA2-224", "SHA2-224" },
	{ "SHA-256", "SHA2-256" }, { "SHA256", "SHA2-256" }, { "SHA2-256", "SHA2-256" },
	{ "SHA-384", "SHA2-384" }, { "SHA384", "SHA2-384" }, { "SHA2-384", "SHA2-384" },
	{ "SHA-512", "SHA2-512" }, { "SHA512", "SHA2-512" }, { "SHA2-512", "SHA2-512" },
	{ "SHA-1", "SHA1" }, { "SHA1", "SHA1" },
	{ "MD5", "MD5" }, { "RFC1321", "MD5" }, { "RIPEMD", "RIPEMD160" },
	{ "CAMELLIA", "CAMELLIA-" }, { "BLOWFISH", "BLOWFISH-" }, { "BF-", "BLOWFISH-" },
	{ "TDES", "3DES-" }, { "3DES", "3DES-" }, { "DES3", "3DES-" },
	{ "DES-EDE3", "3DES-" },
	{ "- KAT for", "3DES-" },
	{ "TCBC", "3DES-" }, { "TECB", "3DES-" }, { "TCFB", "3DES-" }, { "TOFB", "3DES-" },
	{ "AES", "AES-" }, { "GFSBOX", "AES-" }, { "KEYSBOX", "AES-" },
	{ "VARTXT", "AES-" }, { "VARKEY", "AES-" },
	{ "DVPT", "AES-CCM" }, { "VADT", "AES-CCM" }, { "VNT", "AES-CCM" }, { "VPT", "AES-CCM" },
	{ "VTT", "AES-CCM" }, { "MMT", "AES-" }, { "MCT", "AES-" },
}, modes[] = {
	{ "CFB128", "CFB" }, { "CFB64", "CFB64" }, { "CFBP", "CFB-P" }, { "CFB8", "CFB8" },
	{ "CFB1", "CFB1" }, { "CBCI", "CBC-I" }, { "OFBI", "OFB-I" }, { "CFB", "CFB" },
	{ "CBC", "CBC" }, { "OFB", "OFB" }, { "ECB", "ECB" }, { "CTR", "CTR" },
	{ "COUNTER", "CTR" },
};

/* Comments, the file's own name, and the path. */
#define SOURCES 3

static const char *find_family(const char *text)
{
	size_t i;

	for (i = 0; i < COUNT(families); i++)
		if (strcasestr(text, families[i].pattern))
			return families[i].name;
	return NULL;
}

/* The I of CBCI is a capital; that of "CBCinvperm" belongs to another word. */
static const char *find_mode(const char *text)
{
	size_t i;

	for (i = 0; i < COUNT(modes); i++) {
		const char *pattern = modes[i].pattern;

		if (pattern[strlen(pattern) - 1] == 'I' ? strstr(text, pattern) :
							  strcasestr(text, pattern))
			return modes[i].name;
	}
	return NULL;
}

static const char *find_any(const char *const *sources, const char *(*find)(const char *text))
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < SOURCES && !found; i++)
		found = find(sources[i]);
	return found;
}

/* "...HMAC-SHA-1...": the hash is named behind. */
static const char *hash_behind_hmac(const char *const *sources)
{
	const char *found = NULL;
	const char *at;
	size_t i;

	for (i = 0; i < SOURCES && !found; i++) {
		at = strcasestr(sources[i], "HMAC");
		found = at ? find_family(at + strlen("HMAC")) : NULL;
	}
	return found;
}

static void name_hmac(struct guess *guess, const char *const *sources, unsigned long l)
{
	const char *hash = hash_behind_hmac(sources);

	guess->hmac = true;
	if (l)
		guess->mac = kat_mac_of_l(l, true);
	else if (hash && kat_find_mac(hash))
		guess->mac = kat_find_mac(hash) + VCRYPTO_HMAC;
	snprintf(guess->name, sizeof(guess->name), "%s",
		 guess->mac ? kat_mac_name(guess->mac) : "HMAC");
}

bool kat_guess(struct guess *guess, const char *comments, const char *path, const char *wanted,
	       unsigned long l)
{
	const char *slash = strrchr(path, '/');
	const char *const sources[SOURCES] = { comments, slash ? slash + 1 : path, path };
	const char *family = wanted ? wanted : find_any(sources, find_family);
	const char *mode = "";

	memset(guess, 0, sizeof(*guess));
	guess->monte = strcasestr(sources[0], "MCT") || strcasestr(sources[0], "Monte") ||
		strcasestr(sources[1], "MCT") || strcasestr(sources[1], "Monte");
	if (!family) {
		guess->mac = kat_mac_of_l(l, false);
		if (guess->mac)
			snprintf(guess->name, sizeof(guess->name), "%s",
				 kat_mac_name(guess->mac));
		return guess->mac;
	}
	if (strcmp(family, "HMAC") == 0) {
		name_hmac(guess, sources, l);
		return true;
	}
	guess->mode = family[strlen(family) - 1] == '-';
	if (guess->mode)
		mode = find_any(sources, find_mode);
	if (!mode)
		return false;
	snprintf(guess->name, sizeof(guess->name), "%s%s", family, mode);
	guess->cipher = kat_find_cipher(guess->name);
	guess->mac = kat_find_mac(guess->name);
	guess->hmac = guess->mac >= VCRYPTO_HMAC;
	return true;
}

uint32_t kat_mac_of_l(unsigned long l, bool hmac)
{
	uint32_t keyed = hmac ? VCRYPTO_HMAC : 0;

	switch (l) {
	case 20:
		return keyed + VCRYPTO_MAC_SHA1;
	case 28:
		return keyed + VCRYPTO_MAC_SHA2_224;
	case 32:
		return keyed + VCRYPTO_MAC_SHA2_256;
	case 48:
		return keyed + VCRYPTO_MAC_SHA2_384;
	case 64:
		return keyed + VCRYPTO_MAC_SHA2_512;
	case 224:
		return keyed + VCRYPTO_MAC_SHA3_224;
	case 256:
		return keyed + VCRYPTO_MAC_SHA3_256;
	case 384:
		return keyed + VCRYPTO_MAC_SHA3_384;
	case 512:
		return keyed + VCRYPTO_MAC_SHA3_512;
	default:
		return 0;
	}
}
