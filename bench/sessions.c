// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What sessions cost: the resident memory of a process that holds as many as a device
 * has, when they have been made, when each has encrypted, decrypted as well, and after
 * all have been freed; how long it takes to make one and free it; and what a request costs
 * while all are there, of the same session every time and of another one each time, by what it
 * costs where there is no other.
 *
 * Each row is a process of its own, so that none finds what another has left.
 */
#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vcrypto/vcrypto.h>

#include "clock.h"
#include "median.h"

#define CONTEXTS 64
#define ROUNDS 31
#define REQUESTS 1000	/* of one round */

struct kind {
	const char *name;
	uint32_t cipher, cipher_key_len;
	uint32_t mac, mac_key_len;
};

static const struct kind kinds[] = {
	{ "cbc(aes-256)", VCRYPTO_CIPHER_AES_CBC, 32, 0, 0 },
	{ "cbc(aes-256), hmac(sha256)", VCRYPTO_CIPHER_AES_CBC, 32, VCRYPTO_MAC_HMAC_SHA2_256, 32 },
	{ "cbc(blowfish), hmac(sha3-512)", VCRYPTO_CIPHER_BLOWFISH_CBC, 56,
	  VCRYPTO_MAC_HMAC_SHA3_512, 512 },
	{ "gcm(aes-256)", VCRYPTO_CIPHER_AES_GCM, 32, 0, 0 },
	{ "hmac(sha512)", 0, 0, VCRYPTO_MAC_HMAC_SHA2_512, 64 },
};

#define ROW(name) &vcrypto_backend_##name,
static const struct vcrypto_backend *const backends[] = { VCRYPTO_BACKENDS(ROW) };

static uint32_t count = VCRYPTO_MAX_SESSIONS;
static struct vcrypto_engine *engine;
static uint8_t control[VCRYPTO_MAX_CONTROL], payload[64], reply[256];
static struct vcrypto_response_header header;
static struct vcrypto_message message = {
	.control = control, .size = sizeof(control), .header = &header,
};

static double resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long total, pages;

	if (!file || fscanf(file, "%lu %lu", &total, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* What is in message, if it was @built, then @payload_len of payload. */
static void run(bool built, size_t payload_len)
{
	const struct vcrypto_expect *expect = &message.expect;
	struct iovec in[] = { { control, message.len }, { payload, payload_len } };
	struct iovec out = { reply, sizeof(struct vcrypto_response_header) + expect->dst_len +
				    expect->iv_len + expect->mac_len };
	struct vcrypto_io io = { in, &out, payload_len ? 2 : 1, 1, 0 };

	if (!built || vcrypto_process(engine, &io, 1) != 1 || reply[0] != VCRYPTO_OK)
		errx(1, "status %u", reply[0]);
}

static void make(const struct kind *kind, uint32_t session)
{
	static const uint8_t keys[VCRYPTO_MAX_MAC_KEY] = { 1, 2, 3 };
	struct vcrypto_session_args args = {
		.context = session % CONTEXTS, .session = session,
		.cipher = kind->cipher, .cipher_key = keys, .cipher_key_len = kind->cipher_key_len,
		.mac = kind->mac, .mac_key = keys, .mac_key_len = kind->mac_key_len,
	};

	run(vcrypto_build_session_new(&message, &args), 0);
}

static void end(uint32_t session)
{
	run(vcrypto_build_session_free(&message, session % CONTEXTS, session), 0);
}

static void use_aead(uint32_t session, bool decrypt)
{
	static const uint8_t iv[12];
	struct vcrypto_authcrypt_args args = {
		.context = session % CONTEXTS, .session = session, .mode = VCRYPTO_AUTH_AEAD,
		.decrypt = decrypt, .iv = iv, .iv_len = 12, .src_len = 16, .dst_len = 16,
		.tag_len = 16,
	};

	/* Plaintext, or ciphertext and tag from the call before. */
	if (decrypt)
		memcpy(payload, reply + 16, 32);
	else
		memset(payload, 0, sizeof(payload));
	run(vcrypto_build_authcrypt(&message, &args),
	    decrypt ? 32 : 16);
}

static void use(const struct kind *kind, uint32_t session, bool decrypt)
{
	struct vcrypto_crypt_args args = {
		.context = session % CONTEXTS, .session = session, .decrypt = decrypt,
		.src_len = 16, .dst_len = kind->cipher ? 16 : 0,
	};

	if (kind->cipher == VCRYPTO_CIPHER_AES_GCM) {
		use_aead(session, false);
		if (decrypt)
			use_aead(session, true);
		return;
	}
	run(vcrypto_build_crypt(&message, &args), 16);
}

static void open_engine(const struct vcrypto_backend *backend, uint32_t sessions)
{
	const struct vcrypto_limits limits = { CONTEXTS, sessions, 1 << 16, 1 << 12 };
	uint32_t i;

	engine = vcrypto_engine_init(calloc(1, vcrypto_engine_size(&limits, backend)), &limits,
				     backend);
	if (!engine) {
		printf("%-10s does not open on this machine\n", backend->name);
		exit(0);
	}
	for (i = 0; i < CONTEXTS; i++)
		run(vcrypto_build_context_open(&message, i), 0);
}

static double time_of_one(const struct kind *kind)
{
	double start = processor_time();
	uint32_t i;

	for (i = 0; i < 20000; i++) {
		make(kind, 0);
		end(0);
	}
	return (processor_time() - start) / 20000;
}

/* Requests that encrypt, @step sessions from one to the next. */
static double time_of_requests(struct vcrypto_engine *with, const struct kind *kind, uint32_t step)
{
	static uint32_t session;
	double start = processor_time();
	uint32_t i;

	engine = with;
	session = step ? session : 0;
	for (i = 0; i < REQUESTS; i++) {
		use(kind, session, false);
		session = (session + step) % count;
	}
	return processor_time() - start;
}

/* Of an engine with all sessions by one with a single one. */
static void compare(struct vcrypto_engine *all, const struct vcrypto_backend *backend,
		    const struct kind *kind, double ratio[2])
{
	double took[3][ROUNDS];
	struct vcrypto_engine *lone;
	size_t round;

	open_engine(backend, 1);
	lone = engine;
	make(kind, 0);
	time_of_requests(lone, kind, 0);
	for (round = 0; round < ROUNDS; round++) {
		took[0][round] = time_of_requests(lone, kind, 0);
		took[1][round] = time_of_requests(all, kind, 0);
		took[2][round] = time_of_requests(all, kind, 1);
	}
	ratio[0] = median_ratio(took[1], took[0], ROUNDS);
	ratio[1] = median_ratio(took[2], took[0], ROUNDS);
	vcrypto_engine_fini(lone);
	engine = all;
}

static void measure(const struct vcrypto_backend *backend, const struct kind *kind)
{
	double start, made, one, both, freed, trimmed, ns, ratio[2];
	uint32_t i;

	open_engine(backend, count);
	ns = time_of_one(kind);
	start = resident();
	for (i = 0; i < count; i++)
		make(kind, i);
	made = resident() - start;
	for (i = 0; i < count; i++)
		use(kind, i, false);
	one = resident() - start;
	for (i = 0; i < count; i++)
		use(kind, i, true);
	both = resident() - start;
	compare(engine, backend, kind, ratio);
	vcrypto_engine_reset(engine);
	freed = resident() - start;
	malloc_trim(0);
	trimmed = resident() - start;
	printf("%-10s %-30s | %6.0f %6.0f %6.0f | %5.0f %5.0f %5.0f | %5.0f | %4.2f %4.2f\n",
	       backend->name,
	       kind->name, made / count, one / count, both / count, both / 0x1p20, freed / 0x1p20,
	       trimmed / 0x1p20, ns, ratio[0], ratio[1]);
}

static void in_a_process(const struct vcrypto_backend *backend, const struct kind *kind)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		measure(backend, kind);
		exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		exit(1);
}

int main(int argc, char **argv)
{
	size_t i, j;

	if (argc > 1)
		count = (uint32_t)strtoul(argv[1], NULL, 0);
	if (argc > 2 || count < 1 || count > VCRYPTO_MAX_SESSIONS) {
		fprintf(stderr, "usage: sessions [COUNT], 1 ... %d\n", VCRYPTO_MAX_SESSIONS);
		return 2;
	}
	printf("%u sessions\n", count);
	printf("%-10s %-30s | bytes a session      | all, MiB          | new and | a request by\n"
	       "%-10s %-30s |   made    one   both |  both freed trimmed| free, ns| a lone one's: same, others\n",
	       "", "", "backend", "session");
	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		for (j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++)
			in_a_process(backends[i], &kinds[j]);
	return 0;
}
