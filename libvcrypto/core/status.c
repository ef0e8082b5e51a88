// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <vcrypto/status.h>

const char *vcrypto_status_name(uint32_t status)
{
	/* Arrays, not pointers: nothing for the loader to fill in. */
	static const char names[VCRYPTO_STATUS_COUNT][16] = {
		[VCRYPTO_OK] = "OK",
		[VCRYPTO_ERROR] = "ERROR",
		[VCRYPTO_BAD_REQUEST] = "BAD_REQUEST",
		[VCRYPTO_NOT_SUPPORTED] = "NOT_SUPPORTED",
		[VCRYPTO_NO_CONTEXT] = "NO_CONTEXT",
		[VCRYPTO_NO_SESSION] = "NO_SESSION",
		[VCRYPTO_HANDLE_IN_USE] = "HANDLE_IN_USE",
		[VCRYPTO_NO_SPACE] = "NO_SPACE",
		[VCRYPTO_BAD_KEY] = "BAD_KEY",
		[VCRYPTO_BAD_PARAMETER] = "BAD_PARAMETER",
		[VCRYPTO_AUTH_FAILED] = "AUTH_FAILED",
	};

	return status < VCRYPTO_STATUS_COUNT ? names[status] : "UNKNOWN";
}
