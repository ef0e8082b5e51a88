// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * DPDK's vhost-crypto over its multi-buffer device, to be compared with vcryptod by
 * bench/daemon: one guest, one queue, polled by one thread as DPDK does it.  Built by dpdk.sh.
 *
 *	dpdk SOCKET [OPTION of DPDK's]...
 */
#include <err.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <rte_cryptodev.h>
#include <rte_eal.h>
#include <rte_mempool.h>
#include <rte_vhost.h>
#include <rte_vhost_crypto.h>

#define BURST VHOST_CRYPTO_MAX_BURST_SIZE
#define DEVICE 0
#define SESSIONS 64

static struct rte_mempool *sessions;
static volatile int guest = -1;
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int new_device(int vid)
{
	if (rte_vhost_crypto_create(vid, DEVICE, sessions, SOCKET_ID_ANY) ||
	    rte_vhost_crypto_set_zero_copy(vid, RTE_VHOST_CRYPTO_ZERO_COPY_ENABLE))
		errx(1, "the guest's device cannot be made");
	guest = vid;
	return 0;
}

static void destroy_device(int vid)
{
	guest = -1;
	rte_vhost_crypto_free(vid);
}

static const struct rte_vhost_device_ops callbacks = {
	.new_device = new_device, .destroy_device = destroy_device,
};

static void start_device(void)
{
	struct rte_cryptodev_config config = { .nb_queue_pairs = 1, .socket_id = SOCKET_ID_ANY };
	struct rte_cryptodev_qp_conf pair = { .nb_descriptors = 2048 };

	if (!rte_cryptodev_count())
		errx(1, "no crypto device: --vdev=crypto_aesni_mb0 is missing");
	sessions = rte_cryptodev_sym_session_pool_create(
		"sessions", SESSIONS, rte_cryptodev_sym_get_private_session_size(DEVICE), 0, 0,
		SOCKET_ID_ANY);
	pair.mp_session = sessions;
	if (!sessions || rte_cryptodev_configure(DEVICE, &config) ||
	    rte_cryptodev_queue_pair_setup(DEVICE, 0, &pair, SOCKET_ID_ANY) ||
	    rte_cryptodev_start(DEVICE))
		errx(1, "the crypto device does not start");
}

/* What has come, and what has been done. */
static void poll_once(int vid, struct rte_mempool *pool)
{
	struct rte_crypto_op *ops[BURST], *done[BURST];
	int calls[VIRTIO_CRYPTO_MAX_NUM_BURST_VQS];
	uint16_t fetched, count, call_count = 0, i;

	if (!rte_crypto_op_bulk_alloc(pool, RTE_CRYPTO_OP_TYPE_SYMMETRIC, ops, BURST))
		errx(1, "no operations left");
	fetched = rte_vhost_crypto_fetch_requests(vid, 0, ops, BURST);
	if (fetched < BURST)
		rte_mempool_put_bulk(pool, (void **)(ops + fetched), BURST - fetched);
	if (fetched && rte_cryptodev_enqueue_burst(DEVICE, 0, ops, fetched) != fetched)
		errx(1, "the crypto device is full");
	count = rte_cryptodev_dequeue_burst(DEVICE, 0, done, BURST);
	if (!count)
		return;
	rte_vhost_crypto_finalize_requests(done, count, calls, &call_count);
	rte_mempool_put_bulk(pool, (void **)done, count);
	for (i = 0; i < call_count; i++)
		eventfd_write(calls[i], 1);
}

/* Without the flag it finds no guest page for requests without a copy. */
static void listen_at(const char *path)
{
	if (rte_vhost_driver_register(path, RTE_VHOST_USER_ASYNC_COPY) ||
	    rte_vhost_driver_callback_register(path, &callbacks) ||
	    rte_vhost_crypto_driver_start(path))
		errx(1, "%s: cannot be listened at", path);
}

int main(int argc, char **argv)
{
	struct rte_mempool *pool;
	const char *path = argv[1];

	if (argc < 2)
		errx(2, "usage: dpdk SOCKET [OPTION of DPDK's]...");
	argv[1] = argv[0];
	if (rte_eal_init(argc - 1, argv + 1) < 0)
		errx(1, "DPDK does not start");
	signal(SIGTERM, on_signal);
	start_device();
	pool = rte_crypto_op_pool_create("ops", RTE_CRYPTO_OP_TYPE_SYMMETRIC, 4096, 0,
					 VHOST_CRYPTO_MAX_IV_LEN, SOCKET_ID_ANY);
	if (!pool)
		errx(1, "no memory for operations");
	listen_at(path);
	while (!stop) {
		int vid = guest;

		if (vid >= 0)
			poll_once(vid, pool);
		else
			rte_delay_us_sleep(1000);
	}
	return 0;
}
