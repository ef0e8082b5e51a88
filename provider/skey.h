/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Keys that are objects of a provider (EVP_SKEY), as OpenSSL has them from 3.5 on.  Only algorithms
 * of the same provider take them.  Ciphers have no function for that: OpenSSL asks for the bytes.
 */
#ifndef VC_SKEY_H
#define VC_SKEY_H

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>

#include <stddef.h>
#include <stdint.h>

/* What is built with older headers serves 3.5 all the same. */
#ifndef OSSL_OP_SKEYMGMT
#define OSSL_OP_SKEYMGMT 15
#define OSSL_FUNC_SKEYMGMT_FREE 1
#define OSSL_FUNC_SKEYMGMT_IMPORT 2
#define OSSL_FUNC_SKEYMGMT_EXPORT 3
#define OSSL_FUNC_SKEYMGMT_IMP_SETTABLE_PARAMS 6
#define OSSL_FUNC_MAC_INIT_SKEY 13
#define OSSL_SKEYMGMT_SELECT_SECRET_KEY 0x02
#define OSSL_SKEY_PARAM_RAW_BYTES "raw-bytes"
#endif

struct vc_skey {
	size_t len;
	uint8_t bytes[];
};

extern const OSSL_DISPATCH vc_functions_aes_key[];	/* of 128, 192 or 256 bits */
extern const OSSL_DISPATCH vc_functions_secret_key[];	/* any bytes */

#endif /* VC_SKEY_H */
