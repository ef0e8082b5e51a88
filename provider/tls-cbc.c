// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * TLS records of block ciphers, TLS 1.0 to 1.2 and DTLS: libssl has a record's padding
 * made, and taken off together with the MAC, by the provider.
 *
 *	| IV, one block; not in TLS 1.0 | content | MAC, if not of what is encrypted | padding |
 *
 * How long padding and content are is a secret until the MAC has been verified (Lucky 13), so
 * loops and memory accesses here depend on the record's length only.
 */
#include <openssl/err.h>
#include <openssl/prov_ssl.h>
#include <openssl/proverr.h>
#include <string.h>
#include <sys/random.h>

#include "cipher.h"

#define MAX_PADDING 256		/* with the byte that says how many */

/*
 * All ones if the condition holds, else 0; for numbers below half of what fits.  The compiler
 * is not to know what is compared, or that there are two results: it might jump.
 */
static size_t is_less(size_t a, size_t b)
{
	size_t mask;

	__asm__("" : "+r"(a), "+r"(b));
	mask = 0 - ((a - b) >> (sizeof(size_t) * 8 - 1));
	__asm__("" : "+r"(mask));
	return mask;
}

static size_t is_equal(size_t a, size_t b)
{
	return is_less(a ^ b, 1);
}

/* All ones if the last bytes are padding, each saying how many others there are. */
static size_t check_padding(const uint8_t *record, size_t len, size_t mac_len)
{
	size_t pad = record[len - 1], checked = len < MAX_PADDING ? len : MAX_PADDING, wrong, i;

	wrong = is_less(len, mac_len + pad + 1) & 1;
	for (i = 0; i < checked; i++)
		wrong |= ~is_less(pad, i) & (record[len - 1 - i] ^ pad);
	return is_equal(wrong, 0);
}

/* The @mac_len bytes before @end, which is secret. */
static void copy_mac(const uint8_t *record, size_t len, size_t end, uint8_t *mac, size_t mac_len)
{
	size_t from = len > mac_len + MAX_PADDING ? len - mac_len - MAX_PADDING : 0;
	size_t start = end - mac_len, turn = 0, i, j;
	uint8_t turned[EVP_MAX_MD_SIZE] = { 0 };

	for (i = from, j = 0; i < len; i++, j++) {
		j &= is_less(j, mac_len);
		turn |= j & is_equal(i, start);
		turned[j] |= (uint8_t)(record[i] & ~is_less(i, start) & is_less(i, end));
	}
	for (i = 0; i < mac_len; i++, turn++) {
		turn &= is_less(turn, mac_len);
		for (mac[i] = 0, j = 0; j < mac_len; j++)
			mac[i] |= (uint8_t)(turned[j] & is_equal(j, turn));
	}
	OPENSSL_cleanse(turned, sizeof(turned));
}

bool vc_tls_open(const uint8_t *record, size_t *len, size_t block, uint8_t *mac, size_t mac_len)
{
	uint8_t other[EVP_MAX_MD_SIZE];
	size_t good, end, i;

	if (!*len || *len % block || *len < mac_len + 1 || mac_len > sizeof(other) ||
	    getrandom(other, sizeof(other), 0) != sizeof(other))
		return false;
	good = check_padding(record, *len, mac_len);
	end = *len - (good & (record[*len - 1] + 1u));
	if (mac_len) {
		copy_mac(record, *len, end, mac, mac_len);
		for (i = 0; i < mac_len; i++)
			mac[i] = (uint8_t)((mac[i] & good) | (other[i] & ~good));
	}
	*len = end - mac_len;
	return mac_len || good;
}

static bool has_iv(const struct vc_cipher *cipher)
{
	return cipher->tls_version != TLS1_VERSION;
}

static int seal(struct vc_cipher *cipher, uint8_t *data, size_t *out_len, size_t size, size_t len)
{
	size_t pad = cipher->row->block - len % cipher->row->block;

	if (size < len || size - len < pad)
		return vc_fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	memset(data + len, (int)(pad - 1), pad);
	if (!vc_cipher_run(cipher, data, data, len + pad))
		return 0;
	*out_len = len + pad;
	return 1;
}

int vc_tls_record(struct vc_cipher *cipher, uint8_t *data, size_t *out_len, size_t size,
		  size_t len)
{
	size_t block = cipher->row->block, iv = has_iv(cipher) ? block : 0;

	cipher->tls_mac_at = NULL;
	if (cipher->encrypt)
		return seal(cipher, data, out_len, size, len);
	if (len % block || len < iv + block || size < len)
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	if (!vc_cipher_run(cipher, data, data, len))
		return 0;
	len -= iv;
	if (!vc_tls_open(data + iv, &len, block, cipher->tls_mac, cipher->tls_mac_len))
		return vc_fail(PROV_R_CIPHER_OPERATION_FAILED);
	cipher->tls_mac_at = cipher->tls_mac_len ? cipher->tls_mac : NULL;
	*out_len = len;
	return 1;
}
