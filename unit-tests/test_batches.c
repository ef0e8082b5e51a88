// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A backend that is given many jobs at once does what libcrypto does with one after the
 * other: sessions of many kinds, lengths around the borders of libraries, pieces, in place,
 * hashes that go on, tags that are wrong.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "check.h"

/* Libraries that a backend opens itself, and may do without. */
void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
static bool missing;
static const char *named;	/* what the one opened last says that it lacks */
static size_t opened;

void *__wrap_dlopen(const char *name, int flags)
{
	void *library = missing ? NULL : __real_dlopen(name, flags);

	opened += library != NULL;
	return library;
}

/* In every third call that it may refuse the library refuses all. */
static bool refusing;
static size_t refused;

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);

/* Jobs that it was given in one go with others, and whether it is to say that vectors are wide. */
static size_t given;
static bool wide;

#if __has_include(<intel-ipsec-mb.h>)
#include <intel-ipsec-mb.h>

/* What mixed gives it depends on that. */
#define BY_VERSION(one, two) (IMB_VERSION_NUM >= IMB_VERSION(2, 0, 0) ? (two) : (one))

static void (*real_init)(IMB_MGR *manager, IMB_ARCH *arch);
static submit_cipher_burst_t real_burst;
static submit_hash_burst_t real_hash_burst;

/* Not what goes on from a piece, after which there is no way back. */
static uint32_t burst(IMB_MGR *manager, IMB_JOB *jobs, const uint32_t count,
		      const IMB_CIPHER_MODE mode, const IMB_CIPHER_DIRECTION direction,
		      const IMB_KEY_SIZE_BYTES key_len)
{
	static uint64_t before;
	static size_t calls;
	bool goes_on = before == 65520;

	before = jobs[0].msg_len_to_cipher_in_bytes;
	if (refusing && !goes_on && ++calls % 3 == 0) {
		refused++;
		return 0;
	}
	given += count;
	return real_burst(manager, jobs, count, mode, direction, key_len);
}

static uint32_t hash_burst(IMB_MGR *manager, IMB_JOB *jobs, const uint32_t count,
			   const IMB_HASH_ALG hash)
{
	given += count;
	return real_hash_burst(manager, jobs, count, hash);
}

static void init(IMB_MGR *manager, IMB_ARCH *arch)
{
	real_init(manager, arch);
	real_burst = manager->submit_cipher_burst;
	manager->submit_cipher_burst = burst;
	real_hash_burst = manager->submit_hash_burst;
	manager->submit_hash_burst = hash_burst;
	*arch = wide ? IMB_ARCH_AVX512 : IMB_ARCH_AVX2;
}

static void *find(void *library, const char *name)
{
	void (*const ours)(IMB_MGR *manager, IMB_ARCH *arch) = init;
	void *symbol = __real_dlsym(library, name);

	if (strcmp(name, "init_mb_mgr_auto"))
		return symbol;
	memcpy(&real_init, &symbol, sizeof(symbol));
	memcpy(&symbol, &ours, sizeof(symbol));
	return symbol;
}
#else
#define BY_VERSION(one, two) (one)

static void *find(void *library, const char *name)
{
	return __real_dlsym(library, name);
}
#endif

/* A sanitizer's runtime looks for what it replaces, before it can look after us. */
__attribute__((no_sanitize("address", "undefined")))
void *__wrap_dlsym(void *library, const char *name)
{
	return library == RTLD_NEXT ? __real_dlsym(library, name) : find(library, name);
}

#define ROUNDS 400
/* More than two of the longest pieces that a library takes. */
#define LONGEST 140000u
#define PIECES 3

struct kind {
	uint8_t cipher, cipher_key;
	uint8_t mac, mac_key;
};

static const struct kind kinds[] = {
	{ VCRYPTO_CIPHER_AES_CBC, 16, 0, 0 }, { VCRYPTO_CIPHER_AES_CBC, 16, 0, 0 },
	{ VCRYPTO_CIPHER_AES_CBC, 24, 0, 0 }, { VCRYPTO_CIPHER_AES_CBC, 32, 0, 0 },
	{ VCRYPTO_CIPHER_AES_CTR, 16, 0, 0 }, { VCRYPTO_CIPHER_AES_CTR, 32, 0, 0 },
	{ VCRYPTO_CIPHER_AES_GCM, 16, 0, 0 }, { VCRYPTO_CIPHER_AES_GCM, 24, 0, 0 },
	{ VCRYPTO_CIPHER_AES_GCM, 32, 0, 0 }, { 0, 0, VCRYPTO_MAC_HMAC_SHA1, 20 },
	{ 0, 0, VCRYPTO_MAC_HMAC_SHA1, 20 }, { 0, 0, VCRYPTO_MAC_HMAC_SHA2_224, 65 },
	{ 0, 0, VCRYPTO_MAC_HMAC_SHA2_256, 64 }, { 0, 0, VCRYPTO_MAC_HMAC_SHA2_256, 0 },
	{ 0, 0, VCRYPTO_MAC_HMAC_SHA2_384, 200 }, { 0, 0, VCRYPTO_MAC_HMAC_SHA2_512, 129 },
	{ VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA2_256, 32 },
	{ VCRYPTO_CIPHER_AES_ECB, 16, 0, 0 }, { 0, 0, VCRYPTO_MAC_SHA2_256, 0 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct side {
	const struct vcrypto_backend *backend;
	void *provider;
	void *sessions[KINDS];
	struct vcrypto_job jobs[VCRYPTO_BATCH];
	struct iovec src[VCRYPTO_BATCH][PIECES], dst[VCRYPTO_BATCH][PIECES], aad[VCRYPTO_BATCH];
	uint8_t *out[VCRYPTO_BATCH];
};

static struct side ours, reference;
static uint8_t text[LONGEST], aad[1024];
static bool has[KINDS], started[KINDS];
static uint64_t seed = 1;

static void open_side(struct side *side, const struct vcrypto_backend *backend)
{
	struct vcrypto_capabilities capabilities = { 0 };
	size_t i;

	side->backend = backend;
	side->provider = calloc(1, backend->provider_size + 1);
	assert_true(backend->open(side->provider, &capabilities));
	named = capabilities.missing;
	for (i = 0; i < KINDS; i++) {
		const struct vcrypto_session_spec spec = {
			kinds[i].cipher ? vcrypto_cipher_find(kinds[i].cipher) : NULL,
			kinds[i].mac ? vcrypto_mac_find(kinds[i].mac) : NULL,
			key_bytes + i, kinds[i].cipher_key, key_bytes + 2 * i, kinds[i].mac_key,
		};

		has[i] = (!spec.cipher || capabilities.ciphers >> kinds[i].cipher & 1) &&
			 (!spec.mac || capabilities.macs >> kinds[i].mac & 1);
		side->sessions[i] = calloc(1, backend->session_size + 1);
		if (has[i])
			assert_int_equal(backend->session_new(side->provider, side->sessions[i],
							      &spec), VCRYPTO_OK);
	}
	for (i = 0; i < VCRYPTO_BATCH; i++)
		side->out[i] = calloc(1, LONGEST);
}

static void close_side(struct side *side)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		if (side->backend->session_free && has[i])
			side->backend->session_free(side->provider, side->sessions[i]);
		free(side->sessions[i]);
	}
	for (i = 0; i < VCRYPTO_BATCH; i++)
		free(side->out[i]);
	if (side->backend->close)
		side->backend->close(side->provider);
	free(side->provider);
}

static void open_again(bool with_wide_vectors)
{
	close_side(&ours);
	wide = with_wide_vectors;
	opened = 0;
	open_side(&ours, real_backend());
}

static uint32_t random_length(void)
{
	static const uint32_t borders[] = { 0, 1, 15, 16, 17, 64, 127, 128, 4096, 65519, 65520,
					    65521, 65534, 65535, 65536, 65552, 131040, 131041,
					    131056 };

	switch (random_below(&seed, 4)) {
	case 0:
		return borders[random_below(&seed, sizeof(borders) / sizeof(borders[0]))];
	case 1:
		return random_below(&seed, LONGEST);
	default:
		return random_below(&seed, 2000);
	}
}

/* What both are asked. */
struct question {
	size_t kind;
	uint32_t len, aad_len, cuts[PIECES - 1];
	bool decrypt, in_place, begin, end, spoil;
	uint8_t iv[16];
	uint8_t tag_len;
};

static struct question random_question(size_t only)
{
	struct question ask = { .kind = only };
	const struct kind *kind;
	size_t i;

	while (ask.kind == KINDS || !has[ask.kind])
		ask.kind = random_below(&seed, KINDS);
	kind = &kinds[ask.kind];
	ask.len = random_length();
	if (kind->cipher)
		ask.len -= ask.len % vcrypto_cipher_find(kind->cipher)->block;
	ask.aad_len = random_below(&seed, 2) ? random_below(&seed, sizeof(aad)) : 0;
	ask.decrypt = kind->cipher && random_below(&seed, 2);
	ask.in_place = random_below(&seed, 2);
	ask.spoil = random_below(&seed, 4) == 0;
	ask.begin = !started[ask.kind] || random_below(&seed, 2);
	ask.end = !kind->mac || random_below(&seed, 3) > 0;
	started[ask.kind] = kind->mac && !ask.end;
	ask.tag_len = (uint8_t)(4 + random_below(&seed, 13));
	pattern(ask.iv, sizeof(ask.iv), seed);
	/* A counter that is about to wrap, in some. */
	for (i = 4 + random_below(&seed, 9); i < 16 && random_below(&seed, 2); i++)
		ask.iv[i] = 255;
	/* Mostly in one piece. */
	for (i = 0; i < PIECES - 1 && random_below(&seed, 8) == 0; i++)
		ask.cuts[i] = random_below(&seed, ask.len + 1);
	return ask;
}

/* @len bytes at @at, in pieces that @ask says. */
static struct vcrypto_cursor cut(struct iovec *pieces, uint8_t *at, const struct question *ask)
{
	uint32_t first = ask->cuts[0] < ask->cuts[1] ? ask->cuts[0] : ask->cuts[1];
	uint32_t second = ask->cuts[0] + ask->cuts[1] - first;

	pieces[0] = (struct iovec){ at, first };
	pieces[1] = (struct iovec){ at + first, second - first };
	pieces[2] = (struct iovec){ at + second, ask->len - second };
	return vcrypto_cursor_start(pieces, PIECES);
}

static void fill(struct side *side, size_t i, const struct question *ask, const uint8_t *tag)
{
	struct vcrypto_job *job = &side->jobs[i];
	const struct kind *kind = &kinds[ask->kind];
	bool aead = kind->cipher && vcrypto_cipher_find(kind->cipher)->tag_len;

	memset(job, 0, sizeof(*job));
	job->session = side->sessions[ask->kind];
	job->task = aead ? VCRYPTO_TASK_AEAD : VCRYPTO_TASK_CRYPT;
	job->decrypt = ask->decrypt;
	job->begin = ask->begin;
	job->end = ask->end && (kind->mac || aead);
	job->tag_len = ask->tag_len;
	memcpy(job->iv, ask->iv, sizeof(job->iv));
	if (tag)
		memcpy(job->tag, tag, ask->tag_len);
	memset(side->out[i], 0xa5, LONGEST);
	if (ask->in_place)
		memcpy(side->out[i], text, ask->len);
	job->src = cut(side->src[i], ask->in_place ? side->out[i] : text, ask);
	if (kind->cipher)
		job->dst = cut(side->dst[i], side->out[i], ask);
	side->aad[i] = (struct iovec){ aad, ask->aad_len };
	job->aad = vcrypto_cursor_start(&side->aad[i], aead ? 1 : 0);
	job->status = VCRYPTO_ERROR;
}

static void run_one(struct side *side, size_t i)
{
	struct vcrypto_job *job = &side->jobs[i];

	side->backend->submit(side->provider, &job, 1);
}

/*
 * The tag that libcrypto wants, when the text is a ciphertext: that of an encryption of what
 * it decrypts to, which the reference has in place.
 */
static void find_tag(size_t i, const struct question *ask, uint8_t tag[16])
{
	struct question again = *ask;
	uint8_t *plain = malloc(LONGEST);

	/* GCM is CTR from 2 on: encrypting twice is decrypting. */
	again.decrypt = false;
	again.in_place = false;
	fill(&reference, i, &again, NULL);
	run_one(&reference, i);
	memcpy(plain, reference.out[i], ask->len);
	again.in_place = true;
	fill(&reference, i, &again, NULL);
	memcpy(reference.out[i], plain, ask->len);
	run_one(&reference, i);
	assert_int_equal(reference.jobs[i].status, VCRYPTO_OK);
	assert_memory_equal(reference.out[i], text, ask->len);
	memcpy(tag, reference.jobs[i].tag, 16);
	free(plain);
}

static void compare(size_t i, const struct question *ask)
{
	const struct vcrypto_job *job = &ours.jobs[i], *expected = &reference.jobs[i];
	const struct kind *kind = &kinds[ask->kind];

	assert_int_equal(job->status, expected->status);
	if (expected->status != VCRYPTO_OK)
		return;
	assert_memory_equal(ours.out[i], reference.out[i], LONGEST);
	if (kind->mac && ask->end)
		assert_memory_equal(job->tag, expected->tag,
				    vcrypto_mac_find(kind->mac)->digest_len);
	else if (expected->end)
		assert_memory_equal(job->tag, expected->tag, ask->tag_len);
}

static void many_jobs_give_what_one_by_one_gives(void **state)
{
	struct vcrypto_job *jobs[VCRYPTO_BATCH];
	struct question asks[VCRYPTO_BATCH];
	size_t round, i, count, failed = 0;
	uint8_t tag[16];

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		/* Some rounds are all of one kind. */
		size_t only = random_below(&seed, 2) ? KINDS : random_below(&seed, KINDS);

		only = only < KINDS && has[only] ? only : KINDS;
		count = 1 + random_below(&seed, VCRYPTO_BATCH);
		for (i = 0; i < count; i++) {
			asks[i] = random_question(only);
			if (asks[i].decrypt && vcrypto_cipher_find(kinds[asks[i].kind].cipher)->tag_len)
				find_tag(i, &asks[i], tag);
			tag[asks[i].tag_len - 1] ^= asks[i].spoil;
			fill(&reference, i, &asks[i], tag);
			fill(&ours, i, &asks[i], tag);
			run_one(&reference, i);
			failed += reference.jobs[i].status == VCRYPTO_AUTH_FAILED;
			jobs[i] = &ours.jobs[i];
		}
		ours.backend->submit(ours.provider, jobs, count);
		if (ours.backend->flush)
			ours.backend->flush(ours.provider);
		for (i = 0; i < count; i++)
			compare(i, &asks[i]);
	}
	assert_true(failed > 20);
}

/* Else nothing here has looked at what it is about. */
static bool has_library(void)
{
	return strcmp(ours.backend->name, "ipsec_mb") == 0 ||
	       strcmp(ours.backend->name, "mixed") == 0;
}

static void the_library_that_does_many_at_once_is_there(void **state)
{
	(void)state;
	assert_int_equal(opened, has_library());
	assert_null(named);
}

static void a_library_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_int_equal(opened, 0);
	if (has_library())
		assert_int_equal(strncmp(named ? named : "", "libIPSec_MB.so.", 15), 0);
	else
		assert_null(named);
}

static void what_the_library_refuses_is_done_all_the_same(void **state)
{
	open_again(true);
	refusing = true;
	refused = 0;
	many_jobs_give_what_one_by_one_gives(state);
	refusing = false;
	assert_true(refused > 20 || !opened);
}

/* How many of @count jobs of @len bytes the library is given. */
static size_t count_given(const struct question *ask, size_t count)
{
	struct vcrypto_job *jobs[VCRYPTO_BATCH];
	size_t i;

	for (i = 0; i < count; i++) {
		fill(&reference, i, ask, NULL);
		fill(&ours, i, ask, NULL);
		run_one(&reference, i);
		jobs[i] = &ours.jobs[i];
	}
	given = 0;
	ours.backend->submit(ours.provider, jobs, count);
	if (ours.backend->flush)
		ours.backend->flush(ours.provider);
	for (i = 0; i < count; i++)
		compare(i, ask);
	return given;
}

static size_t find_kind(uint8_t cipher, uint8_t mac, uint8_t key)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (kinds[i].cipher == cipher && kinds[i].mac == mac &&
		    (cipher ? kinds[i].cipher_key : kinds[i].mac_key) == key)
			return i;
	fail();
	return KINDS;
}

/* How many of so many jobs mixed gives the library. */
struct share {
	size_t kind;
	bool wide;
	uint32_t len;
	size_t count, given;
};

static void expect_shares(const struct share *shares, size_t count, bool decrypt)
{
	const char *name = ours.backend->name;
	bool mixed = strcmp(name, "mixed") == 0, all = strcmp(name, "ipsec_mb") == 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct question ask = {
			.kind = shares[i].kind, .len = shares[i].len, .begin = true, .end = true,
			.decrypt = decrypt,
		};

		if (!has[ask.kind])
			continue;
		open_again(shares[i].wide);
		assert_int_equal(count_given(&ask, shares[i].count),
				 mixed ? shares[i].given : all ? shares[i].count : 0);
	}
}

/* mixed.c: what is beyond full lanes is few jobs again, and so is what is long. */
static void the_library_is_given_what_it_is_faster_at(void **state)
{
	const size_t cbc = find_kind(VCRYPTO_CIPHER_AES_CBC, 0, 16);
	const size_t ctr = find_kind(VCRYPTO_CIPHER_AES_CTR, 0, 16);
	const size_t hmac = find_kind(0, VCRYPTO_MAC_HMAC_SHA2_256, 64);
	const struct share shares[] = {
		{ hmac, false, 64, 7, 0 }, { hmac, false, 64, 8, 8 }, { hmac, false, 64, 12, 8 },
		{ hmac, false, 64, 16, 16 }, { hmac, false, 64, 31, 24 },
		{ hmac, false, 8192, 8, 0 }, { hmac, true, 8192, 8, 8 },
		{ hmac, true, 64, 5, 0 }, { hmac, true, 64, 12, 12 }, { hmac, true, 64, 17, 16 },
		{ hmac, true, 64, 24, 24 }, { hmac, true, 64, 32, 32 },
		{ cbc, false, 128, 1, 0 }, { cbc, false, 128, 9, 8 }, { cbc, false, 128, 10, 10 },
		{ cbc, true, 128, 9, 9 }, { cbc, true, 128, 17, 16 },
		{ cbc, false, 64, 12, BY_VERSION(8, 0) }, { cbc, false, 64, 20, 16 },
		{ ctr, false, 128, 1, BY_VERSION(1, 0) }, { ctr, false, 128, 2, 2 },
		{ ctr, false, 256, 8, BY_VERSION(8, 0) },
		{ ctr, false, 8192, 1, 0 }, { ctr, true, 8192, 1, 1 },
	};
	const struct share decrypting[] = {
		{ cbc, false, 1024, 1, BY_VERSION(1, 0) }, { cbc, false, 64, 32, BY_VERSION(32, 0) },
		{ cbc, true, 1024, 1, 1 },
	};

	(void)state;
	expect_shares(shares, sizeof(shares) / sizeof(shares[0]), false);
	expect_shares(decrypting, sizeof(decrypting) / sizeof(decrypting[0]), true);
}

/* It is what everybody has who does not choose. */
static void the_one_that_is_nowhere_slower_is_the_preferred_one(void **state)
{
#define ROW(name) #name,
	static const char *const names[] = { VCRYPTO_BACKENDS(ROW) };
#undef ROW
	bool mixed = false;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		mixed |= strcmp(names[i], "mixed") == 0;
	assert_string_equal(names[0], mixed ? "mixed" : "libcrypto");
}

static int start(void **state)
{
	missing = *state != NULL;
	wide = false;
	opened = 0;
	memset(started, 0, sizeof(started));
	pattern(text, sizeof(text), 1);
	pattern(aad, sizeof(aad), 2);
	open_side(&reference, &vcrypto_backend_libcrypto);
	open_side(&ours, real_backend());
	return 0;
}

static int stop(void **state)
{
	(void)state;
	close_side(&ours);
	close_side(&reference);
	return 0;
}

int main(void)
{
	static char without[] = "without";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_jobs_give_what_one_by_one_gives, start, stop),
		cmocka_unit_test_setup_teardown(what_the_library_refuses_is_done_all_the_same,
						start, stop),
		cmocka_unit_test_setup_teardown(the_library_that_does_many_at_once_is_there, start,
						stop),
		cmocka_unit_test_setup_teardown(the_library_is_given_what_it_is_faster_at, start,
						stop),
		cmocka_unit_test(the_one_that_is_nowhere_slower_is_the_preferred_one),
		cmocka_unit_test_prestate_setup_teardown(many_jobs_give_what_one_by_one_gives, start,
							 stop, without),
		cmocka_unit_test_prestate_setup_teardown(a_library_that_is_not_there_is_named, start,
							 stop, without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
