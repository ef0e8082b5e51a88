/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend for QEMU's own virtio-crypto device, which does the work with
 * libvcrypto:
 *
 *     -object cryptodev-backend-vcrypto,id=c0 -device virtio-crypto-pci,cryptodev=c0
 *
 * QEMU has taken the requests apart and copied their bytes; here the heads that
 * they came with are put together again, for the library's format of the same
 * device.  So there is one place that knows what a request means, and nothing
 * that QEMU says is taken for an index.
 *
 * RSA with the property akcipher=on; off, because a guest's kernel that finds RSA
 * in a device checks the signatures of its modules with it. It is done where it
 * comes, in QEMU's main loop.
 *
 * QEMU's device gives hashes, MACs and AEADs no way to a backend, and a request
 * that it passes on has been copied: whoever wants more uses virtio-cryptodev or
 * the daemon.  A device reset ends no session, because QEMU does not tell.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "standard-headers/linux/virtio_crypto.h"
#include "cryptodev-compat.h"
#include "qom/object.h"
#include <vcrypto/backends.h>
#include <vcrypto/virtio_crypto.h>

#define TYPE_CRYPTODEV_BACKEND_VCRYPTO "cryptodev-backend-vcrypto"

OBJECT_DECLARE_SIMPLE_TYPE(CryptoDevBackendVCrypto, CRYPTODEV_BACKEND_VCRYPTO)

/* The framing that the heads are put together in; nobody else sees them. */
#define FEATURES VCRYPTO_VIRTIO_F_REVISION_1

struct CryptoDevBackendVCrypto {
    CryptoDevBackend parent_obj;

    struct vcrypto_lane *lane;
    struct vcrypto_virtio *device;
    void *bounce;
    bool akcipher;
};

#define BACKEND(name) &vcrypto_backend_##name,

/* The preferred one; "null" only where there is no other. */
static const struct vcrypto_backend *const providers[] = {
    VCRYPTO_BACKENDS(BACKEND)
};

static void forget(CryptoDevBackendVCrypto *vcrypto)
{
    if (vcrypto->device) {
        vcrypto_virtio_fini(vcrypto->device);
    }
    if (vcrypto->lane) {
        vcrypto_lane_fini(vcrypto->lane);
    }
    g_free(vcrypto->device);
    g_free(vcrypto->lane);
    g_free(vcrypto->bounce);
    vcrypto->device = NULL;
    vcrypto->lane = NULL;
    vcrypto->bounce = NULL;
}

static bool open_provider(CryptoDevBackendVCrypto *vcrypto, Error **errp)
{
    static const struct vcrypto_virtio_limits limits =
        VCRYPTO_VIRTIO_LIMITS_DEFAULT;
    const struct vcrypto_backend *provider = providers[0];
    void *lane, *device;

    if (provider == &vcrypto_backend_null) {
        error_setg(errp, "this libvcrypto has no backend that does "
                   "cryptography; build it with libcrypto or nettle");
        return false;
    }
    /* Zeros that are never touched cost nothing. */
    lane = g_malloc0(vcrypto_lane_size(provider));
    vcrypto->bounce = g_malloc(limits.max_size);
    vcrypto->lane = vcrypto_lane_init(lane, provider, vcrypto->bounce,
                                      limits.max_size);
    if (!vcrypto->lane) {
        g_free(lane);
        forget(vcrypto);
        error_setg(errp, "backend '%s' of libvcrypto does not work on this "
                   "machine", provider->name);
        return false;
    }
    device = g_malloc0(vcrypto_virtio_size(&limits, provider));
    vcrypto->device = vcrypto_virtio_init(device, &limits, vcrypto->lane,
                                          g_random_int());
    g_assert(vcrypto->device);
    vcrypto_virtio_negotiate(vcrypto->device, FEATURES);
    if (vcrypto->akcipher) {
        vcrypto_virtio_offer_akcipher(vcrypto->device, NULL);
    }
    return true;
}

/* What the guest reads from config space is what QEMU can pass on. */
static void offer(CryptoDevBackendVCrypto *vcrypto, CryptoDevBackendConf *conf)
{
    struct vcrypto_virtio_config config;

    vcrypto_virtio_config(vcrypto->device, conf->peers.queues, &config);
    conf->crypto_services = 1u << VIRTIO_CRYPTO_SERVICE_CIPHER;
    conf->cipher_algo_l = vcrypto_get32(config.cipher_algo_l);
    conf->cipher_algo_h = vcrypto_get32(config.cipher_algo_h);
    conf->hash_algo = vcrypto_get32(config.hash_algo);
    conf->mac_algo_l = vcrypto_get32(config.mac_algo_l);
    conf->mac_algo_h = vcrypto_get32(config.mac_algo_h);
    conf->max_cipher_key_len = vcrypto_get32(config.max_cipher_key_len);
    conf->max_auth_key_len = vcrypto_get32(config.max_auth_key_len);
    conf->max_size = vcrypto_get64(config.max_size);
    /* QEMU's device refuses ECDSA. */
    conf->akcipher_algo = vcrypto_get32(config.akcipher_algo) &
        1u << VCRYPTO_VIRTIO_RSA;
    if (conf->akcipher_algo) {
        conf->crypto_services |= 1u << VCRYPTO_VIRTIO_AKCIPHER;
    }
}

static void cryptodev_vcrypto_init(CryptoDevBackend *backend, Error **errp)
{
    CryptoDevBackendVCrypto *vcrypto = CRYPTODEV_BACKEND_VCRYPTO(backend);
    CryptoDevBackendClient *cc;

    /* QEMU's device forgets the work of others when it is unplugged. */
    if (backend->conf.peers.queues != 1) {
        error_setg(errp, "property 'queues' is %" PRIu32 "; cryptodev-backend-"
                   "vcrypto has 1 queue", backend->conf.peers.queues);
        return;
    }
    if (!open_provider(vcrypto, errp)) {
        return;
    }
    cc = vcrypto_new_client("cryptodev-vcrypto");
    cc->info_str = g_strdup("cryptodev-vcrypto0");
    cc->queue_index = 0;
    cc->type = VCRYPTO_CLIENT_TYPE;
    backend->conf.peers.ccs[0] = cc;
    offer(vcrypto, &backend->conf);
    cryptodev_backend_set_ready(backend, true);
}

/* Property 'queues' may be another by now. */
static void cryptodev_vcrypto_cleanup(CryptoDevBackend *backend, Error **errp)
{
    CryptoDevBackendClient **cc = &backend->conf.peers.ccs[0];

    if (*cc) {
        cryptodev_backend_free_client(*cc);
        *cc = NULL;
    }
    forget(CRYPTODEV_BACKEND_VCRYPTO(backend));
    cryptodev_backend_set_ready(backend, false);
}

static enum vcrypto_virtio_status
create_sym(struct vcrypto_virtio *device,
           const CryptoDevBackendSymSessionInfo *sym, uint64_t *id)
{
    struct vcrypto_virtio_numbers numbers = {
        .algo = sym->cipher_alg, .key_len = sym->key_len,
        .direction = sym->direction, .op_type = sym->op_type,
        .order = sym->alg_chain_order, .hash_mode = sym->hash_mode,
        .auth_algo = sym->hash_alg, .result_len = sym->hash_result_len,
    };
    struct iovec keys[] = {
        { sym->cipher_key, sym->cipher_key ? sym->key_len : 0 },
        { NULL, 0 },
    };

    /* The other fields of a session without a hash have not been set. */
    if (sym->op_type == VCRYPTO_VIRTIO_SYM_CHAIN &&
        sym->hash_mode == VCRYPTO_VIRTIO_MODE_AUTH && sym->auth_key) {
        numbers.auth_key_len = sym->auth_key_len;
        keys[1] = (struct iovec){ sym->auth_key, sym->auth_key_len };
    }
    return vcrypto_virtio_create(device, VCRYPTO_VIRTIO_CIPHER, &numbers,
                                 vcrypto_cursor_start(keys, 2), id);
}

static enum vcrypto_virtio_status
create_asym(struct vcrypto_virtio *device,
            const CryptoDevBackendAsymSessionInfo *asym, uint64_t *id)
{
    const struct vcrypto_virtio_numbers numbers = {
        .algo = asym->algo, .key_len = asym->keylen, .key_type = asym->keytype,
        .padding = asym->u.rsa.padding_algo,
        .padding_hash = asym->u.rsa.hash_algo,
    };
    const struct iovec key = { asym->key, asym->key ? asym->keylen : 0 };

    return vcrypto_virtio_create(device, VCRYPTO_VIRTIO_AKCIPHER, &numbers,
                                 vcrypto_cursor_start(&key, 1), id);
}

static int cryptodev_vcrypto_create_session(CryptoDevBackend *backend,
                                            CryptoDevBackendSessionInfo *info,
                                            uint32_t queue_index,
                                            CryptoDevCompletionFunc cb,
                                            void *opaque)
{
    CryptoDevBackendVCrypto *vcrypto = CRYPTODEV_BACKEND_VCRYPTO(backend);
    enum vcrypto_virtio_status status;

    switch (info->op_code) {
    case VIRTIO_CRYPTO_CIPHER_CREATE_SESSION:
        status = create_sym(vcrypto->device, &info->u.sym_sess_info,
                            &info->session_id);
        break;
    case VIRTIO_CRYPTO_AKCIPHER_CREATE_SESSION:
        status = create_asym(vcrypto->device, &info->u.asym_sess_info,
                             &info->session_id);
        break;
    default:
        status = VCRYPTO_VIRTIO_NOTSUPP;
    }
    if (status != VCRYPTO_VIRTIO_OK) {
        return -(int)status;
    }
    if (cb) {
        cb(opaque, 0);
    }
    return 0;
}

static int cryptodev_vcrypto_close_session(CryptoDevBackend *backend,
                                           uint64_t session_id,
                                           uint32_t queue_index,
                                           CryptoDevCompletionFunc cb,
                                           void *opaque)
{
    CryptoDevBackendVCrypto *vcrypto = CRYPTODEV_BACKEND_VCRYPTO(backend);

    if (vcrypto_virtio_destroy(vcrypto->device, session_id)) {
        return -VIRTIO_CRYPTO_INVSESS;
    }
    if (cb) {
        cb(opaque, 0);
    }
    return 0;
}

/* One request, in the library's format of the same device. */
static uint8_t execute_sym(struct vcrypto_virtio *device, uint64_t session_id,
                           bool decrypt, const CryptoDevBackendSymOpInfo *op)
{
    const struct vcrypto_virtio_data data = {
        .service = VCRYPTO_VIRTIO_CIPHER, .decrypt = decrypt,
        .session = session_id,
        .numbers = {
            .op_type = op->op_type, .iv_len = op->iv_len,
            .src_len = op->src_len, .dst_len = op->dst_len,
            .aad_len = op->aad_len, .result_len = op->digest_result_len,
            .cipher_start = op->cipher_start_src_offset,
            .cipher_len = op->len_to_cipher,
            .hash_start = op->hash_start_src_offset,
            .hash_len = op->len_to_hash,
        },
    };
    uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
    uint8_t status = VCRYPTO_VIRTIO_ERR;
    const struct iovec in[] = {
        { head, vcrypto_virtio_put_data(FEATURES, &data, head) },
        { op->iv, op->iv_len },
        { op->src, op->src_len },
        { op->aad_data, op->aad_len },
    };
    const struct iovec out[] = {
        { op->dst, op->dst_len },
        { op->digest_result, op->digest_result_len },
        { &status, 1 },
    };
    struct vcrypto_io io = { in, out, ARRAY_SIZE(in), ARRAY_SIZE(out), 0 };

    vcrypto_virtio_data(device, &io, 1);
    return status;
}

/*
 * The same for RSA.  What QEMU calls the destination is the digest where there is
 * a signature to verify; and it wants to know how long the result is.
 */
static uint8_t execute_asym(struct vcrypto_virtio *device, uint64_t session_id,
                            uint32_t what, CryptoDevBackendAsymOpInfo *op)
{
    const struct vcrypto_virtio_data data = {
        .service = VCRYPTO_VIRTIO_AKCIPHER, .op = what,
        .session = session_id,
        .numbers = { .src_len = op->src_len, .dst_len = op->dst_len },
    };
    const struct iovec dst = { op->dst, op->dst_len }, none = { NULL, 0 };
    bool verify = what == VCRYPTO_VIRTIO_VERIFY;
    uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
    uint8_t status = VCRYPTO_VIRTIO_ERR;
    const struct iovec in[] = {
        { head, vcrypto_virtio_put_data(FEATURES, &data, head) },
        { op->src, op->src_len },
        verify ? dst : none,
    };
    const struct iovec out[] = { verify ? none : dst, { &status, 1 } };
    struct vcrypto_io io = { in, out, ARRAY_SIZE(in), ARRAY_SIZE(out), 0 };

    vcrypto_virtio_data(device, &io, 1);
    if (status == VCRYPTO_VIRTIO_OK) {
        op->dst_len = io.written - 1;
    }
    return status;
}

static uint8_t execute(struct vcrypto_virtio *device,
                       const CryptoDevBackendOpInfo *info)
{
    const uint32_t asym =
        VCRYPTO_VIRTIO_OPCODE(VCRYPTO_VIRTIO_AKCIPHER, 0);

    if (info->algtype == VCRYPTO_ALGTYPE_ASYM &&
        info->op_code >= asym &&
        info->op_code <= asym + VCRYPTO_VIRTIO_VERIFY) {
        return execute_asym(device, info->session_id, info->op_code - asym,
                            info->u.asym_op_info);
    }
    if (info->algtype == VCRYPTO_ALGTYPE_SYM &&
        info->op_code <= VCRYPTO_VIRTIO_DECRYPT) {
        return execute_sym(device, info->session_id,
                           info->op_code == VCRYPTO_VIRTIO_DECRYPT,
                           info->u.sym_op_info);
    }
    return VCRYPTO_VIRTIO_NOTSUPP;
}

/* A failure too is an answer: who throttles requests ignores what we return. */
static int run(CryptoDevBackend *backend, CryptoDevBackendOpInfo *info,
               CryptoDevCompletionFunc cb, void *opaque)
{
    CryptoDevBackendVCrypto *vcrypto = CRYPTODEV_BACKEND_VCRYPTO(backend);
    uint8_t status = execute(vcrypto->device, info);

    if (cb) {
        cb(opaque, -(int)status);
    }
    return 0;
}

VCRYPTO_DEFINE_DO_OP(run)

static bool get_akcipher(Object *obj, Error **errp)
{
    return CRYPTODEV_BACKEND_VCRYPTO(obj)->akcipher;
}

/* What the guest was offered stays. */
static void set_akcipher(Object *obj, bool value, Error **errp)
{
    CryptoDevBackendVCrypto *vcrypto = CRYPTODEV_BACKEND_VCRYPTO(obj);

    if (vcrypto->device) {
        error_setg(errp, "akcipher can only be set at the start");
        return;
    }
    vcrypto->akcipher = value;
}

static void cryptodev_vcrypto_class_init(ObjectClass *oc,
                                         VCryptoClassData *data)
{
    CryptoDevBackendClass *bc = CRYPTODEV_BACKEND_CLASS(oc);

    bc->init = cryptodev_vcrypto_init;
    bc->cleanup = cryptodev_vcrypto_cleanup;
    bc->create_session = cryptodev_vcrypto_create_session;
    bc->close_session = cryptodev_vcrypto_close_session;
    bc->do_op = vcrypto_do_op;
    object_class_property_add_bool(oc, "akcipher", get_akcipher, set_akcipher);
    object_class_property_set_description(oc, "akcipher",
        "Offer RSA; off, because a guest's kernel then checks the signatures "
        "of its modules with it");
}

static const TypeInfo cryptodev_vcrypto_info = {
    .name = TYPE_CRYPTODEV_BACKEND_VCRYPTO,
    .parent = TYPE_CRYPTODEV_BACKEND,
    .class_init = cryptodev_vcrypto_class_init,
    .instance_size = sizeof(CryptoDevBackendVCrypto),
};

static void cryptodev_vcrypto_register(void)
{
    type_register_static(&cryptodev_vcrypto_info);
}

type_init(cryptodev_vcrypto_register)
