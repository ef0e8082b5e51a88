/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between QEMU 7.2 and newer ones for a cryptodev backend.
 */
#ifndef HW_VCRYPTO_CRYPTODEV_COMPAT_H
#define HW_VCRYPTO_CRYPTODEV_COMPAT_H

#include "qemu-compat.h"

#if __has_include("system/cryptodev.h")

#include "system/cryptodev.h"

/* In query-cryptodev; there is no number for others. */
#define VCRYPTO_CLIENT_TYPE QCRYPTODEV_BACKEND_TYPE_BUILTIN
#define VCRYPTO_ALGTYPE_SYM QCRYPTODEV_BACKEND_ALGO_TYPE_SYM
#define VCRYPTO_ALGTYPE_ASYM QCRYPTODEV_BACKEND_ALGO_TYPE_ASYM

static inline CryptoDevBackendClient *vcrypto_new_client(const char *model)
{
    return cryptodev_backend_new_client();
}

/* What to call when it is done comes with the operation. */
#define VCRYPTO_DEFINE_DO_OP(run) \
    static int vcrypto_do_op(CryptoDevBackend *backend, \
                             CryptoDevBackendOpInfo *info) \
    { \
        return run(backend, info, info->cb, info->opaque); \
    }

#else

#include "sysemu/cryptodev.h"

#define VCRYPTO_CLIENT_TYPE CRYPTODEV_BACKEND_TYPE_BUILTIN
#define VCRYPTO_ALGTYPE_SYM CRYPTODEV_BACKEND_ALG_SYM
#define VCRYPTO_ALGTYPE_ASYM CRYPTODEV_BACKEND_ALG_ASYM

static inline CryptoDevBackendClient *vcrypto_new_client(const char *model)
{
    return cryptodev_backend_new_client(model, NULL);
}

#define VCRYPTO_DEFINE_DO_OP(run) \
    static int vcrypto_do_op(CryptoDevBackend *backend, \
                             CryptoDevBackendOpInfo *info, \
                             uint32_t queue_index, \
                             CryptoDevCompletionFunc cb, void *opaque) \
    { \
        return run(backend, info, cb, opaque); \
    }

#endif

#endif /* HW_VCRYPTO_CRYPTODEV_COMPAT_H */
