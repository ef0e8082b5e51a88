// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "roundtrip.h"

/* Nobody watches; the core is compiled with the hook for the other targets. */
void vcrypto_read_hook(const void *shared, size_t len)
{
	(void)shared;
	(void)len;
}

static void open_engine(struct driver *driver)
{
	static const struct vcrypto_limits limits = {
		DRIVER_CONTEXTS + 1, DRIVER_SESSIONS + 5 * POOL_LEN, DRIVER_PAYLOAD, DRIVER_AAD,
	};
	size_t size = vcrypto_engine_size(&limits, driver->backend);
	void *memory = fuzz_alloc(size);
	struct vcrypto_config config;

	memset(memory, 0, size);
	driver->engine = vcrypto_engine_init(memory, &limits, driver->backend);
	CHECK(driver->engine);
	vcrypto_engine_config(driver->engine, 2, &config);
	CHECK(vcrypto_check_config(&config, &driver->limits));
	CHECK(driver->limits.queues == 2 && driver->limits.payload == DRIVER_PAYLOAD);
}

static void reset(struct driver *driver)
{
	struct vcrypto_counters zero, counters;
	size_t i;

	memset(&zero, 0, sizeof(zero));
	vcrypto_engine_reset(driver->engine);
	vcrypto_engine_counters(driver->engine, &counters);
	CHECK(!memcmp(&zero, &counters, sizeof(zero)));
	driver->requests = 0;
	for (i = 0; i < POOL_LEN; i++) {
		reference_close(&driver->pool[i].reference);
		reference_close(&driver->auth_pool[i].reference);
		driver->pool[i].live = driver->auth_pool[i].live = false;
	}
}

struct driver *driver_start(struct input *in)
{
#define X(name) { .backend = &vcrypto_backend_##name },
	static struct driver drivers[] = { FUZZ_BACKENDS };
	static const uint8_t weights[] = { 2, 1, 1, 1 };
	const unsigned int count = sizeof(drivers) / sizeof(drivers[0]);
	struct driver *driver = &drivers[input_choose(in, weights, count < 4 ? count : 4)];

	driver->in = in;
	driver->crypted = 0;
	if (!driver->engine)
		open_engine(driver);
	if (input_rare(in, 256))
		reset(driver);
	return driver;
}

struct input pool_input(uint8_t bytes[64], uint32_t n, uint32_t round)
{
	uint8_t seed = (uint8_t)(n + round * POOL_LEN);
	struct input from = { &seed, 1 };

	input_fill(&from, bytes, 64);
	return (struct input){ bytes, 64 };
}

static uint32_t run(struct driver *driver, const struct scatter *in, const struct scatter *out)
{
	struct vcrypto_request request;
	struct vcrypto_io io = {
		.readable = in->segments,
		.readable_count = in->count,
		.writable = out->segments,
		.writable_count = out->count,
	};

	if (input_u8(driver->in) & 1) {
		CHECK(vcrypto_process(driver->engine, &io, 1) == 1);
		return io.written;
	}
	CHECK(vcrypto_decode(driver->engine, vcrypto_cursor_start(io.readable, io.readable_count),
			     vcrypto_cursor_start(io.writable, io.writable_count), &request));
	vcrypto_execute(driver->engine, &request, 1);
	return vcrypto_encode(driver->engine, &request);
}

int driver_send(struct driver *driver, struct exchange *exchange)
{
	const struct vcrypto_expect *expect = &exchange->message.expect;
	size_t result_len = (size_t)expect->dst_len + expect->mac_len + expect->iv_len;
	const struct iovec readable[] = {
		{ exchange->control, exchange->message.len },
		{ (uint8_t *)(uintptr_t)exchange->aad, exchange->aad_len },
		{ (uint8_t *)(uintptr_t)exchange->src, exchange->src_len },
		{ exchange->end, exchange->end_len },
	};
	const struct iovec writable[] = {
		{ &exchange->header, sizeof(exchange->header) },
		{ exchange->result, result_len },
	};
	struct scatter in, out;
	uint32_t written;

	scatter_cut(&in, driver->in, readable, 4);
	scatter_cut(&out, driver->in, writable, 2);
	if (exchange->src != exchange->result) {
		scatter_make_private(&in);
		scatter_make_private(&out);
	}
	written = run(driver, &in, &out);
	scatter_end(&in);
	scatter_end(&out);
	driver->requests++;
	return vcrypto_check_response(&exchange->header, written, expect);
}

/* Builds in @exchange itself. */
static struct vcrypto_message in(struct exchange *exchange)
{
	return (struct vcrypto_message){
		.control = exchange->control, .size = sizeof(exchange->control),
		.header = &exchange->header,
	};
}

int driver_context_open(struct driver *driver, uint32_t context)
{
	struct exchange x = { .message = in(&x) };

	CHECK(vcrypto_build_context_open(&x.message, context));
	return driver_send(driver, &x);
}

void driver_pool_context(struct driver *driver)
{
	int status = driver_context_open(driver, POOL_CONTEXT);

	CHECK(status == VCRYPTO_OK || status == VCRYPTO_HANDLE_IN_USE);
}

int driver_context_close(struct driver *driver, uint32_t context)
{
	struct exchange x = { .message = in(&x) };

	CHECK(vcrypto_build_context_close(&x.message, context));
	return driver_send(driver, &x);
}

int driver_session_new(struct driver *driver, const struct recipe *recipe, uint32_t session)
{
	const struct vcrypto_session_args args = {
		.context = recipe->context,
		.session = session,
		.cipher = recipe->cipher,
		.mac = recipe->mac,
		.cipher_key = recipe->cipher_key,
		.cipher_key_len = recipe->cipher_key_len,
		.mac_key = recipe->mac_key,
		.mac_key_len = recipe->mac_key_len,
	};
	enum vcrypto_status foretold = vcrypto_check_session(&driver->limits, &args);
	struct exchange x = { .message = in(&x) };
	int status;

	if (!vcrypto_build_session_new(&x.message, &args)) {
		CHECK(foretold != VCRYPTO_OK);
		return -2;
	}
	status = driver_send(driver, &x);
	/* "No surprise from SESSION_NEW" (protocol 2.3). */
	CHECK(status == (int)foretold);
	return status;
}

int driver_session_free(struct driver *driver, uint32_t context, uint32_t session)
{
	struct exchange x = { .message = in(&x) };

	CHECK(vcrypto_build_session_free(&x.message, context, session));
	return driver_send(driver, &x);
}

int driver_hash_copy(struct driver *driver, uint32_t context, uint32_t to, uint32_t from)
{
	struct exchange x = { .message = in(&x) };

	CHECK(vcrypto_build_hash_copy(&x.message, context, to, from));
	return driver_send(driver, &x);
}

void driver_check_counters(struct driver *driver)
{
	struct vcrypto_counters counters;
	struct exchange x = { .message = in(&x), .result = (uint8_t *)&counters };

	CHECK(vcrypto_build_counters(&x.message));
	CHECK(driver_send(driver, &x) == VCRYPTO_OK);
	CHECK(vcrypto_get64(counters.requests) == driver->requests - 1);
	CHECK(!vcrypto_get64(counters.reserved));
}

void driver_check_info(struct driver *driver, const struct recipe *recipe, uint32_t session)
{
	struct vcrypto_session_info info;
	struct exchange x = { .message = in(&x), .result = (uint8_t *)&info };

	CHECK(vcrypto_build_session_info(&x.message, recipe->context, session));
	CHECK(driver_send(driver, &x) == VCRYPTO_OK);
	CHECK(!!info.cipher_driver[0] == !!recipe->cipher);
	CHECK(!!info.mac_driver[0] == !!recipe->mac);
	CHECK(memchr(info.cipher_driver, 0, sizeof(info.cipher_driver)));
	CHECK(memchr(info.mac_driver, 0, sizeof(info.mac_driver)));
}

int driver_crypt(struct driver *driver, const struct vcrypto_crypt_args *args,
		 const uint8_t *src, uint8_t *result)
{
	struct exchange x = { .message = in(&x), .src = src, .src_len = args->src_len, .result = result };

	driver->crypted++;
	CHECK(vcrypto_build_crypt(&x.message, args));
	CHECK(x.message.len == 32u + args->iv_len);
	return driver_send(driver, &x);
}

int driver_authcrypt(struct driver *driver, const struct vcrypto_authcrypt_args *args,
		     const uint8_t *aad, const uint8_t *src, const uint8_t *trailer,
		     const uint8_t *tag, uint8_t *result, uint32_t *content_len)
{
	struct exchange x = {
		.message = in(&x), .aad = aad, .aad_len = args->aad_len, .src = src, .src_len = args->src_len,
		.result = result,
	};
	int status;

	driver->crypted++;
	CHECK(vcrypto_build_authcrypt(&x.message, args));
	CHECK(x.message.len == 48u + args->iv_len);
	memcpy(x.end, trailer, args->trailer_len);
	x.end_len = args->trailer_len;
	if (vcrypto_sends_tag(args)) {
		memcpy(x.end + x.end_len, tag, args->tag_len);
		x.end_len += args->tag_len;
	}
	status = driver_send(driver, &x);
	*content_len = vcrypto_get32(x.header.dst_len);
	return status;
}
