// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What an engine's memory takes: asked for, and in pages that have been touched. */
#include <err.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vcrypto/vcrypto.h>

#define ROW(name) &vcrypto_backend_##name,
static const struct vcrypto_backend *const backends[] = { VCRYPTO_BACKENDS(ROW) };

static const struct vcrypto_limits rows[] = {
	{ 1, 1, VCRYPTO_MIN_PAYLOAD, 0 },
	{ 4, 64, 65536, 4096 },
	{ 16, 1024, 65536, 4096 },
	{ 64, 8192, 1u << 20, 4096 },
	VCRYPTO_LIMITS_DEFAULT,
};

/* KiB of @memory in pages that are there. */
static size_t touched(void *memory, size_t len)
{
	static unsigned char there[1 << 16];
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (len + page - 1) / page;
	size_t i, count = 0;

	if (pages > sizeof(there) || mincore(memory, len, there) != 0)
		err(1, "mincore");
	for (i = 0; i < pages; i++)
		count += there[i] & 1;
	return count * page / 1024;
}

static void control(struct vcrypto_engine *engine, struct vcrypto_message *message, bool built)
{
	struct iovec in = { message->control, message->len };
	struct iovec out = { message->header, sizeof(*message->header) };
	struct vcrypto_io chain = { &in, &out, 1, 1, 0 };

	if (!built || vcrypto_process(engine, &chain, 1) != 1 ||
	    vcrypto_check_response(message->header, chain.written, &message->expect) != VCRYPTO_OK)
		errx(1, "a request was refused");
}

/* A row of the table; false if the backend does not open. */
static bool measure(const struct vcrypto_limits *limits, const struct vcrypto_backend *backend)
{
	static const uint8_t key[16];
	const struct vcrypto_session_args session = {
		.cipher = VCRYPTO_CIPHER_AES_CBC, .cipher_key = key, .cipher_key_len = sizeof(key),
	};
	size_t size = vcrypto_engine_size(limits, backend), fresh;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t room[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message = { room, sizeof(room), 0, &header, { 0, 0, 0, 0, false } };
	struct vcrypto_engine *engine;

	if (memory == MAP_FAILED)
		err(1, "mmap");
	madvise(memory, size, MADV_NOHUGEPAGE);
	engine = vcrypto_engine_init(memory, limits, backend);
	if (!engine)
		return false;
	fresh = touched(memory, size);
	control(engine, &message, vcrypto_build_context_open(&message, 0));
	control(engine, &message, vcrypto_build_session_new(&message, &session));
	printf("| %s | %u | %u | %u | %u | %zu | %zu | %zu |\n", backend->name, limits->contexts,
	       limits->sessions, limits->payload / 1024, limits->aad / 1024, size / 1024, fresh,
	       touched(memory, size));
	vcrypto_engine_fini(engine);
	munmap(memory, size);
	return true;
}

int main(void)
{
	size_t i, row;

	puts("| backend | contexts | sessions | payload, KiB | AAD, KiB | asked for, KiB |"
	     " touched when made | with a session |\n"
	     "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
			if (!measure(&rows[row], backends[i])) {
				fprintf(stderr, "SKIP %s: it does not work on this machine\n",
					backends[i]->name);
				break;
			}
	return 0;
}
