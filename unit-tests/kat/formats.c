// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which format a file has. */
#include <ctype.h>

#include "kat.h"

static const struct {
	const char *name;
	void (*run)(struct kat *kat, char *text, size_t len);
} formats[] = {
	{ "cavp", kat_cavp },
	{ "wycheproof", kat_json },
	{ "acvp", kat_json },
	{ "openssl", kat_stanzas },
	{ "boringssl", kat_stanzas },
	{ "text", kat_text },
};

static bool is_one_of(const char *const *list, size_t count, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (len == strlen(list[i]) && strncmp(text, list[i], len) == 0)
			return true;
	return false;
}

/* The first line that is no comment tells. */
static const char *detect(const char *text)
{
	static const char *const ours[] = {
		"name", "cipher", "mac", "key", "iv", "aad", "plaintext", "ciphertext", "tag",
		"mac_key", "message", "digest", "repeat", "result", "next_iv",
	};
	/* Of OpenSSL's evp_test and of BoringSSL; capitals matter. */
	static const char *const stanzas[] = {
		"Title", "Cipher", "Digest", "MAC", "HMAC", "Availablein", "FIPSversion", "KDF",
		"PBE", "PKEYKDF", "RAND", "Encoding", "PrivateKey", "PublicKey",
		"PrivateKeyRaw", "PublicKeyRaw", "KeyFromData", "KeyGen",
	};
	size_t len;

	for (;;) {
		text += strspn(text, " \t\r\n");
		if (*text == '{' || (*text == '[' && text[1 + strspn(text + 1, " \t\r\n")] == '{'))
			return "acvp";
		if (*text != '#')
			break;
		text += strcspn(text, "\n");
	}
	len = strcspn(text, " =:\n");
	if (is_one_of(ours, COUNT(ours), text, len))
		return "text";
	if (is_one_of(stanzas, COUNT(stanzas), text, len))
		return "openssl";
	if (text[len] == ':')
		return "boringssl";
	return isalpha((unsigned char)*text) || *text == '[' ? "cavp" : NULL;
}

bool kat_format_known(const char *format)
{
	size_t i;

	for (i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, format) == 0)
			return true;
	return strcmp(format, "auto") == 0;
}

void kat_parse(struct kat *kat, char *text, size_t len, const char *format)
{
	size_t i;

	if (strcmp(format, "auto") == 0)
		format = detect(text);
	if (!format)
		kat_file_error(kat, "", "not in a format that this program knows");
	for (i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, format) == 0)
			formats[i].run(kat, text, len);
}
