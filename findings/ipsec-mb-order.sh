#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
Intel's multi-buffer library 1.3: jobs wait in lanes, those of each algorithm and key length in lanes of
their own, and are done when all lanes are taken. But they are handed back in the order in which they
were submitted, over all algorithms. So one AES-192 job, alone in its lanes, keeps back AES-128 jobs that
were finished long ago, until the ring of 256 jobs is full or somebody flushes.
END

fetch bookworm libipsec-mb1=1.3-2 libipsec-mb-dev=1.3-2

compile order -lIPSec_MB <<'END'
#include <intel-ipsec-mb.h>
#include <stdio.h>
#include <string.h>

#define JOBS 256

static uint8_t key[24], iv[16], in[64], out[JOBS][64];
static DECLARE_ALIGNED(uint32_t aes128[4 * 15], 16);
static DECLARE_ALIGNED(uint32_t aes192[4 * 15], 16);
static DECLARE_ALIGNED(uint32_t unused[4 * 15], 16);

static IMB_JOB *submit(IMB_MGR *mgr, const uint32_t *keys, unsigned int key_len, void *dst)
{
	IMB_JOB *job = IMB_GET_NEXT_JOB(mgr);

	memset(job, 0, sizeof(*job));
	job->cipher_mode = IMB_CIPHER_CBC;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_CIPHER_HASH;
	job->hash_alg = IMB_AUTH_NULL;
	job->enc_keys = job->dec_keys = keys;
	job->key_len_in_bytes = key_len;
	job->iv = iv;
	job->iv_len_in_bytes = sizeof(iv);
	job->src = in;
	job->dst = dst;
	job->msg_len_to_cipher_in_bytes = sizeof(in);
	return IMB_SUBMIT_JOB(mgr);
}

/* How many AES-128 jobs are submitted until one job comes back. */
static int until_first(IMB_MGR *mgr, IMB_JOB **first)
{
	int count;

	*first = NULL;
	for (count = 0; !*first && count < JOBS - 1;)
		*first = submit(mgr, aes128, 16, out[++count]);
	return count;
}

int main(void)
{
	static const uint8_t zeros[64];
	IMB_MGR *mgr = alloc_mb_mgr(0);
	IMB_JOB *first;
	int count, i, done = 0;

	init_mb_mgr_sse(mgr);
	if (imb_get_errno(mgr))
		return 1;
	IMB_AES_KEYEXP_128(mgr, key, aes128, unused);
	IMB_AES_KEYEXP_192(mgr, key, aes192, unused);

	count = until_first(mgr, &first);
	printf("AES-128 alone: a job comes back within the first 32: %s\n",
	       first && count <= 32 ? "yes" : "no");
	while (IMB_FLUSH_JOB(mgr))
		;

	memset(out, 0, sizeof(out));
	if (submit(mgr, aes192, 24, out[0]))
		return 1;
	count = until_first(mgr, &first);
	for (i = 1; i <= count; i++)
		done += memcmp(out[i], zeros, sizeof(zeros)) != 0;
	printf("behind one AES-192 job: the first to come back, after %d, is %s\n", count,
	       first && first->dst == out[0] ? "that one" : "another");
	printf("more than 200 AES-128 jobs were finished by then: %s\n",
	       done > 200 ? "yes" : "no");
	free_mb_mgr(mgr);
	return 0;
}
END

expected "jobs of an algorithm come back as soon as its lanes are full, whatever else waits"
seen=$(run order) || die "the program failed"
happened "AES-128 alone: a job comes back within the first 32: yes
behind one AES-192 job: the first to come back, after 255, is that one
more than 200 AES-128 jobs were finished by then: yes" "$seen"
