#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
Intel's multi-buffer library 1.3: a synchronous burst takes an array of jobs and returns how many are
complete. If a job of the same algorithm waits that was submitted singly, the burst completes that one
too, and counts it: more than the array has. Who walks the array up to the number returned reads on past
its end; who waits for the number given does not see them equal.
END

fetch bookworm libipsec-mb1=1.3-2 libipsec-mb-dev=1.3-2

compile burst -lIPSec_MB <<'END'
#include <intel-ipsec-mb.h>
#include <stdio.h>
#include <string.h>

#define JOBS 16

static uint8_t key[16], iv[16], in[64], out[JOBS + 1][64];
static DECLARE_ALIGNED(uint32_t keys[4 * 15], 16);
static DECLARE_ALIGNED(uint32_t unused[4 * 15], 16);

static void fill(IMB_JOB *job, void *dst)
{
	memset(job, 0, sizeof(*job));
	job->cipher_mode = IMB_CIPHER_CBC;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_CIPHER_HASH;
	job->hash_alg = IMB_AUTH_NULL;
	job->enc_keys = job->dec_keys = keys;
	job->key_len_in_bytes = sizeof(key);
	job->iv = iv;
	job->iv_len_in_bytes = sizeof(iv);
	job->src = in;
	job->dst = dst;
	job->msg_len_to_cipher_in_bytes = sizeof(in);
}

int main(void)
{
	static IMB_JOB jobs[JOBS];
	IMB_MGR *mgr = alloc_mb_mgr(0);
	IMB_JOB *waiting;
	unsigned int i, returned, complete = 0;

	init_mb_mgr_sse(mgr);
	if (imb_get_errno(mgr))
		return 1;
	IMB_AES_KEYEXP_128(mgr, key, keys, unused);

	waiting = IMB_GET_NEXT_JOB(mgr);
	fill(waiting, out[JOBS]);
	if (IMB_SUBMIT_JOB(mgr) || waiting->status == IMB_STATUS_COMPLETED)
		return 1;
	for (i = 0; i < JOBS; i++)
		fill(&jobs[i], out[i]);
	returned = IMB_SUBMIT_CIPHER_BURST(mgr, jobs, JOBS, IMB_CIPHER_CBC, IMB_DIR_ENCRYPT,
					   IMB_KEY_128_BYTES);
	for (i = 0; i < JOBS; i++)
		complete += jobs[i].status == IMB_STATUS_COMPLETED;
	printf("a burst of %d: %u of them complete, %u returned\n", JOBS, complete, returned);
	printf("the job that was submitted singly: %s\n",
	       waiting->status == IMB_STATUS_COMPLETED ? "complete" : "waits");
	free_mb_mgr(mgr);
	return 0;
}
END

expected "a burst of 16: 16 of them complete, 16 returned"
seen=$(run burst) || die "the program failed"
happened "a burst of 16: 16 of them complete, 17 returned
the job that was submitted singly: complete" "$seen"
