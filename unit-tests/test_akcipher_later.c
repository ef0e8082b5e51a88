// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* AKCIPHER of the standard's crypto device: jobs that are done later, by somebody else. */
#include <stdlib.h>

#include "akcipher_hand.h"

static struct {
	struct vcrypto_virtio_job *jobs[4];
	size_t index[4];
	size_t count;
	bool no_memory;
} deferred;

static void *take(void *context, size_t size)
{
	(void)context;
	return deferred.no_memory ? NULL : aligned_alloc(16, (size + 15) / 16 * 16);
}

static void put(void *context, struct vcrypto_virtio_job *job, size_t index)
{
	(void)context;
	deferred.index[deferred.count] = index;
	deferred.jobs[deferred.count++] = job;
}

static const struct vcrypto_virtio_later later = { take, put, NULL };

/* The request as it stands, as chain @io. */
static void put_chain(struct vcrypto_io *io, struct iovec pieces[3], struct flat *copy)
{
	*copy = hand_request;
	memset(copy->reply, SIM_FILL, sizeof(copy->reply));
	pieces[0] = (struct iovec){ copy->request, copy->len };
	/* In two pieces. */
	pieces[1] = (struct iovec){ copy->reply, 10 };
	pieces[2] = (struct iovec){ copy->reply + 10, copy->reply_len - 10 };
	*io = (struct vcrypto_io){
		.readable = pieces, .readable_count = 1,
		.writable = pieces + 1, .writable_count = 2, .written = 77,
	};
}

static struct flat copies[3];
static struct vcrypto_io chains[3];
static struct iovec segments[3][3];

/* A signature, a cipher, a signature; both keys are gone before the jobs are run. */
static void give_three(struct hand hand)
{
	struct hand cipher = {
		.algo = 3, .key_len = 16, .direction = 1, .key = text.at, .iv = text.at,
		.iv_len = 16, .src = text.at, .src_len = 16, .dst_len = 16,
	};

	memset(&deferred, 0, sizeof(deferred));
	hand_restart(REVISION_1);
	hand.id = hand_session(&hand);
	cipher.id = hand_session(&cipher);
	hand_data(&hand);
	put_chain(&chains[0], segments[0], &copies[0]);
	put_chain(&chains[2], segments[2], &copies[2]);
	hand_data(&cipher);
	put_chain(&chains[1], segments[1], &copies[1]);
	assert_int_equal(vcrypto_virtio_data(hand_device, chains, 3), 3);
	assert_int_equal(deferred.count, 2);
	assert_int_equal(deferred.index[0], 0);
	assert_int_equal(deferred.index[1], 2);
	assert_int_equal(chains[0].written, 0);
	assert_int_equal(chains[2].written, 0);
	assert_int_equal(chains[1].written, 17);
	assert_int_equal(copies[1].reply[16], 0);
	assert_true(all_bytes(copies[0].reply, copies[0].reply_len, SIM_FILL));
	hand_restart(0);
}

static void jobs_are_done_later_without_their_session(void **state)
{
	struct hand hand;

	(void)state;
	vcrypto_virtio_offer_akcipher(hand_device, &later);
	jws_key();
	hand = ask(hand_of(PRIVATE, 1, 6), SIGN, digest.at, 32, 300);
	give_three(hand);
	/* In another order than they came. */
	vcrypto_virtio_job_run(deferred.jobs[1]);
	assert_int_equal(vcrypto_virtio_job_finish(deferred.jobs[1]), 257);
	assert_memory_equal(copies[2].reply, result.at, 256);
	assert_true(all_bytes(copies[2].reply + 256, 45, 0));
	/* One that has not been run fails. */
	assert_int_equal(vcrypto_virtio_job_finish(deferred.jobs[0]), 1);
	assert_int_equal(copies[0].reply[300], ERR);
	free(deferred.jobs[0]);
	free(deferred.jobs[1]);
	/* One that is dropped writes nothing, whether it has been run or not. */
	give_three(hand);
	vcrypto_virtio_job_run(deferred.jobs[1]);
	vcrypto_virtio_job_drop(deferred.jobs[0]);
	vcrypto_virtio_job_drop(deferred.jobs[1]);
	assert_true(all_bytes(copies[0].reply, copies[0].reply_len, SIM_FILL));
	assert_true(all_bytes(copies[2].reply, copies[2].reply_len, SIM_FILL));
	free(deferred.jobs[0]);
	free(deferred.jobs[1]);
}

static void refusals_and_no_memory_are_told_at_once(void **state)
{
	struct hand hand;

	(void)state;
	vcrypto_virtio_offer_akcipher(hand_device, &later);
	memset(&deferred, 0, sizeof(deferred));
	jws_key();
	hand = ask(hand_of(PUBLIC, 1, 6), SIGN, digest.at, 32, 256);
	assert_int_equal(run_once(hand), ERR);
	hand.op = ENCRYPT;
	deferred.no_memory = true;
	assert_int_equal(run_once(hand), ERR);
	assert_int_equal(deferred.count, 0);
}

/* A provider that leaves all behind it. */
enum { SECRET = 40 };

static bool careless_copy(void *provider, void *to, const void *from)
{
	(void)provider;
	memcpy(to, from, SECRET);
	return true;
}

static void careless_free(void *provider, void *key)
{
	(void)provider;
	(void)key;
}

static void careless_run(void *provider, const void *key, struct vcrypto_key_job *job)
{
	(void)provider;
	memcpy(job->dst, key, SECRET);
	job->dst_len = SECRET;
	job->status = VCRYPTO_ERROR;
}

/* store.h: the whole of a copy, and what a job that failed had for a result. */
static void what_a_provider_leaves_of_keys_is_wiped(void **state)
{
	static const struct vcrypto_backend careless = {
		.name = "careless", .key_size = SECRET, .key_copy = careless_copy,
		.key_free = careless_free, .key_run = careless_run,
	};
	static struct vcrypto_key_job job;
	_Alignas(VCRYPTO_ALIGNMENT) uint8_t memory[SECRET + VCRYPTO_ALIGNMENT] = { 0 };
	uint8_t secret[SECRET];
	const struct vcrypto_key key = { &careless, NULL, secret };
	struct vcrypto_key copy;

	(void)state;
	memset(secret, 'k', sizeof(secret));
	assert_in_range(vcrypto_key_copy_size(&key), SECRET, sizeof(memory));
	assert_true(vcrypto_key_copy(&key, memory, &copy));
	assert_memory_equal(memory, secret, SECRET);
	vcrypto_key_run(&copy, &job);
	assert_int_equal(job.status, VCRYPTO_ERROR);
	assert_int_equal(job.dst_len, 0);
	assert_true(all_bytes(job.dst, sizeof(job.dst), 0));
	vcrypto_key_copy_free(&copy);
	assert_true(all_bytes(memory, sizeof(memory), 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_are_done_later_without_their_session),
		TEST(what_a_provider_leaves_of_keys_is_wiped),
		TEST(refusals_and_no_memory_are_told_at_once),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	forget_key();
	return failed;
}
