// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The driver's half against the engine with a real provider behind it: what the
 * driver builds, cut at random, gives what libcrypto gives when asked directly;
 * decrypting gives the plaintext again; parts give what the whole gives.  And
 * the driver's half against a device that lies.
 */
#include "roundtrip.h"
#include "scratch.h"

#define MAX_PARTS 6
#define MAX_ROUNDS 2		/* as a rule; */
#define DEEP_ROUNDS 8		/* of one input in eight */

struct round {
	struct driver *driver;
	struct keyed *keyed;
	struct truth truth;
};

/* All its parts are one data unit. */
static bool is_unit(const struct recipe *recipe)
{
	return recipe->cipher == VCRYPTO_CIPHER_AES_XTS;
}

/* Mostly something that the device offers. */
static void choose_recipe(struct recipe *recipe, struct input *in)
{
	/* First what is on capabilities, then what is not, or does not exist. */
	static const uint8_t ciphers[] = {
		VCRYPTO_CIPHER_AES_CBC, VCRYPTO_CIPHER_AES_CTR, VCRYPTO_CIPHER_AES_ECB,
		VCRYPTO_CIPHER_NULL, VCRYPTO_CIPHER_NONE, VCRYPTO_CIPHER_AES_CFB,
		VCRYPTO_CIPHER_AES_OFB, VCRYPTO_CIPHER_AES_GCM,
		VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1, 40, VCRYPTO_CIPHER_AES_XTS,
	};
	static const uint8_t macs[] = {
		VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_MAC_NONE, VCRYPTO_MAC_SHA2_256,
		VCRYPTO_MAC_HMAC_SHA2_256, VCRYPTO_MAC_SHA1, VCRYPTO_MAC_MD5, VCRYPTO_MAC_HMAC_MD5,
		VCRYPTO_MAC_SHA2_224, VCRYPTO_MAC_HMAC_SHA2_224, VCRYPTO_MAC_SHA2_384,
		VCRYPTO_MAC_HMAC_SHA2_384, VCRYPTO_MAC_SHA2_512, VCRYPTO_MAC_HMAC_SHA2_512,
		VCRYPTO_MAC_RIPEMD160, VCRYPTO_MAC_HMAC_RIPEMD160, VCRYPTO_MAC_HMAC_SHA3_224, 12,
		VCRYPTO_MAC_CMAC_AES, VCRYPTO_MAC_GMAC_AES,
	};
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;

	memset(recipe, 0, sizeof(*recipe));
	recipe->cipher = ciphers[input_below(in, input_rare(in, 16) ? sizeof(ciphers) : 7)];
	recipe->mac = macs[input_below(in, input_rare(in, 16) ? sizeof(macs) : 13)];
	mac = vcrypto_mac_find(recipe->mac);
	/* Most would make no session. */
	if (mac && mac->iv_len && !input_rare(in, 8))
		recipe->cipher = VCRYPTO_CIPHER_NONE;
	cipher = vcrypto_cipher_find(recipe->cipher);
	if (cipher && cipher->key_max)
		recipe->cipher_key_len = is_unit(recipe) ? 32 + 32 * input_below(in, 2) :
							   16 + 8 * input_below(in, 3);
	if (mac && mac->key_step > 1)
		recipe->mac_key_len = 16 + 8 * input_below(in, 3);
	else if (mac && mac->keyed)
		recipe->mac_key_len = 1 + input_below(in, input_rare(in, 8) ? 512 : 80);
	if (input_rare(in, 32))
		recipe->cipher_key_len = input_below(in, sizeof(recipe->cipher_key));
	if (input_rare(in, 32))
		recipe->mac_key_len = input_below(in, sizeof(recipe->mac_key));
	recipe->context = input_below(in, DRIVER_CONTEXTS);
	recipe->iv_out_len = cipher ? cipher->iv_len : 0;
	recipe->iv_len = !cipher && mac ? mac->iv_len : recipe->iv_out_len;
	recipe->mac_len = mac ? mac->digest_len : 0;
	input_fill(in, recipe->cipher_key, sizeof(recipe->cipher_key));
	/* The one that is asked for the truth takes no XTS key of equal halves. */
	if (is_unit(recipe))
		recipe->cipher_key[0] = (uint8_t)~recipe->cipher_key[recipe->cipher_key_len / 2];
	input_fill(in, recipe->mac_key, sizeof(recipe->mac_key));
}

static void choose_iv(struct recipe *recipe, struct input *in)
{
	memset(recipe->iv, 0, sizeof(recipe->iv));
	if (recipe->iv_len)
		input_fill(in, recipe->iv, sizeof(recipe->iv));
	if (recipe->iv_len && input_rare(in, 3))	/* a counter about to wrap */
		memset(recipe->iv + 1, 0xff, sizeof(recipe->iv) - 1);
}

/*
 * @recipe->plain, exactly as long as needed.  Whole blocks with CFB and OFB, whose
 * IV libcrypto gives in another form in the middle of one.
 */
static void choose_payload(struct recipe *recipe, struct input *in)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(recipe->cipher);
	bool whole = cipher && (cipher->block > 1 || cipher->id == VCRYPTO_CIPHER_AES_CFB ||
				cipher->id == VCRYPTO_CIPHER_AES_OFB);

	recipe->len = input_below(in, 200);
	if (input_rare(in, 16))
		recipe->len = input_below(in, input_rare(in, 8) ? DRIVER_PAYLOAD + 1 : 3000);
	recipe->len -= whole ? recipe->len % 16 : 0;
	recipe->plain = scratch_alloc(recipe->len);
	input_fill(in, recipe->plain, recipe->len);
}

static struct vcrypto_crypt_args whole_args(const struct recipe *recipe, uint32_t session)
{
	return (struct vcrypto_crypt_args){
		.context = recipe->context,
		.session = session,
		.src_len = recipe->len,
		.dst_len = recipe->cipher ? recipe->len : 0,
		.iv = recipe->iv,
		.iv_len = (uint16_t)recipe->iv_len,
		.iv_out_len = (uint16_t)recipe->iv_out_len,
		.mac_len = (uint16_t)recipe->mac_len,
	};
}

/* Digest and IV of @iv_len bytes, as they stand behind the destination. */
static void check_tail(const struct round *round, const uint8_t *tail, uint32_t iv_len)
{
	CHECK(!memcmp(tail, round->truth.digest, round->keyed->recipe.mac_len));
	CHECK(!memcmp(tail + round->keyed->recipe.mac_len, round->truth.next_iv, iv_len));
}

/* Encrypt in one go, then decrypt, either of them in place if the input says so. */
static void there_and_back(struct round *round)
{
	const struct recipe *recipe = &round->keyed->recipe;
	struct vcrypto_crypt_args args = whole_args(recipe, round->keyed->session[WHOLE]);
	uint32_t dst_len = args.dst_len;
	size_t room = (size_t)recipe->len + recipe->mac_len + recipe->iv_out_len;
	uint8_t *there = scratch_alloc(room);
	uint8_t *back = scratch_alloc(room);
	bool in_place = dst_len && (input_u8(round->driver->in) & 1);

	memcpy(there, recipe->plain, in_place ? recipe->len : 0);
	CHECK(driver_crypt(round->driver, &args, in_place ? there : recipe->plain, there) ==
	      VCRYPTO_OK);
	CHECK(!memcmp(there, round->truth.text, dst_len));
	check_tail(round, there + dst_len, recipe->iv_out_len);
	if (dst_len) {
		in_place = input_u8(round->driver->in) & 1;
		args.session = round->keyed->session[BACK];
		args.decrypt = true;
		memcpy(back, there, in_place ? recipe->len : 0);
		CHECK(driver_crypt(round->driver, &args, in_place ? back : there, back) ==
		      VCRYPTO_OK);
		CHECK(!memcmp(back, recipe->plain, dst_len));
		check_tail(round, back + dst_len, recipe->iv_out_len);
	}
}

/* The bytes of the next part; all parts but the last are whole blocks. */
static uint32_t part_len(struct input *in, uint32_t left)
{
	uint32_t len = 16 * input_below(in, left / 16 + 1);

	/* Empty parts are fine, but not for ever. */
	return !in->left || input_rare(in, 3) || left - len < 16 ? left : len;
}

/* One part of PARTS, or of its copy; @last finishes the hash. */
static void send_part(struct round *round, struct vcrypto_crypt_args *args, uint32_t at,
		      uint32_t len, bool last)
{
	const struct recipe *recipe = &round->keyed->recipe;
	uint8_t *result = scratch_alloc((size_t)len + recipe->mac_len + recipe->iv_out_len);

	args->src_len = len;
	args->dst_len = recipe->cipher ? len : 0;
	args->mac_len = last ? (uint16_t)recipe->mac_len : 0;
	args->more = is_unit(recipe) && !last;
	args->iv_out_len = last && !is_unit(recipe) ? (uint16_t)recipe->iv_out_len : 0;
	CHECK(driver_crypt(round->driver, args, recipe->plain + at, result) == VCRYPTO_OK);
	CHECK(!memcmp(result, round->truth.text + at, args->dst_len));
	if (last)
		check_tail(round, result + args->dst_len, args->iv_out_len);
}

/*
 * In parts; the first names the IV.  Somewhere the hash is copied to another
 * session, which goes on from there by itself: its ciphertext is not the same,
 * because IVs are not copied, but its digest is.
 */
static void in_parts(struct round *round)
{
	struct input *in = round->driver->in;
	const struct recipe *recipe = &round->keyed->recipe;
	struct vcrypto_crypt_args args = whole_args(recipe, round->keyed->session[PARTS]);
	uint32_t copy_at = input_below(in, recipe->len + 1);
	bool copied = !recipe->mac;
	uint32_t at = 0, parts = 0;
	uint32_t len;

	do {
		len = ++parts < MAX_PARTS ? part_len(in, recipe->len - at) : recipe->len - at;
		if (!copied && at >= copy_at) {
			struct vcrypto_crypt_args rest = whole_args(recipe, round->keyed->session[COPY]);
			uint8_t *result = scratch_alloc((size_t)rest.dst_len + recipe->mac_len +
						rest.iv_out_len);

			CHECK(driver_hash_copy(round->driver, recipe->context,
					       round->keyed->session[COPY],
					       round->keyed->session[PARTS]) == VCRYPTO_OK);
			copied = true;
			/* A MAC's goes with the copy. */
			if (!recipe->cipher)
				rest.iv_len = args.iv_len;
			rest.src_len = recipe->len - at;
			rest.dst_len = recipe->cipher ? rest.src_len : 0;
			CHECK(driver_crypt(round->driver, &rest, recipe->plain + at, result) ==
			      VCRYPTO_OK);
			CHECK(!memcmp(result + rest.dst_len, round->truth.digest,
				      recipe->mac_len));
		}
		send_part(round, &args, at, len, at + len == recipe->len);
		args.iv_len = 0;	/* go on from the last part's */
		at += len;
	} while (at < recipe->len);
}

/* For AUTHCRYPT, which auth_round() does; or libcrypto itself has none: XTS with AES-192. */
static bool not_for_crypt(const struct recipe *recipe)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(recipe->cipher);

	return cipher && (cipher->tag_len || (is_unit(recipe) && recipe->cipher_key_len == 48));
}

/* Sessions from handle @first on; false if there is nothing to be done with them. */
static bool make_sessions(struct driver *driver, struct keyed *keyed, uint32_t first)
{
	int status;
	size_t i;

	for (i = 0; i < HANDLES; i++) {
		keyed->session[i] = first + (uint32_t)i;
		status = driver_session_new(driver, &keyed->recipe, keyed->session[i]);
		if (status != VCRYPTO_OK || not_for_crypt(&keyed->recipe))
			return false;
	}
	reference_open_crypt(&keyed->reference, &keyed->recipe);
	return true;
}

static void free_sessions(const struct round *round)
{
	uint32_t context = round->keyed->recipe.context;

	if (input_rare(round->driver->in, 2))	/* else closing the context does it */
		CHECK(driver_session_free(round->driver, context, round->keyed->session[BACK]) ==
		      VCRYPTO_OK);
	CHECK(driver_context_close(round->driver, context) == VCRYPTO_OK);
	CHECK(driver_session_free(round->driver, context, round->keyed->session[BACK]) ==
	      VCRYPTO_NO_SESSION);
}

static void round_trip(struct round *round)
{
	struct keyed *keyed = round->keyed;
	struct input *in = round->driver->in;

	choose_iv(&keyed->recipe, in);
	choose_payload(&keyed->recipe, in);
	reference_run(&keyed->reference, &keyed->recipe, &round->truth);
	if (input_rare(in, 2))
		in_parts(round);
	else
		there_and_back(round);
	if (input_rare(in, 8)) {
		driver_check_info(round->driver, &keyed->recipe, keyed->session[PARTS]);
		driver_check_counters(round->driver);
	}
}

/* With sessions of its own, for which the input chooses everything. */
static void new_round_trip(struct driver *driver)
{
	static struct keyed keyed;
	static struct round round;
	struct recipe *recipe = &keyed.recipe;
	uint32_t first;

	round.driver = driver;
	round.keyed = &keyed;
	choose_recipe(recipe, driver->in);
	first = input_below(driver->in, DRIVER_SESSIONS - HANDLES + 1);
	CHECK(driver_context_open(driver, recipe->context) == VCRYPTO_OK);
	if (!make_sessions(driver, &keyed, first)) {
		CHECK(driver_context_close(driver, recipe->context) == VCRYPTO_OK);
		return;
	}
	CHECK(driver_hash_copy(driver, recipe->context, first, first) == VCRYPTO_BAD_PARAMETER);
	round_trip(&round);
	free_sessions(&round);
	reference_close(&keyed.reference);
}

/* The first recipe that entry @n can have with this backend. */
static void fill_pool(struct driver *driver, struct keyed *keyed, uint32_t n)
{
	struct input *outer = driver->in;
	uint8_t bytes[64];
	struct input in;
	uint32_t tries;

	for (tries = 0; !keyed->live; tries++) {
		CHECK(tries < 8);
		in = pool_input(bytes, n, tries);
		choose_recipe(&keyed->recipe, &in);
		keyed->recipe.context = POOL_CONTEXT;
		driver->in = &in;
		driver_pool_context(driver);
		keyed->live = make_sessions(driver, keyed, DRIVER_SESSIONS + HANDLES * n);
		if (!keyed->live)
			(void)driver_session_free(driver, POOL_CONTEXT, keyed->session[WHOLE]);
	}
	driver->in = outer;
}

static void pooled_round_trip(struct driver *driver)
{
	static struct round round;
	uint32_t n = input_below(driver->in, POOL_LEN);

	round.driver = driver;
	round.keyed = &driver->pool[n];
	if (!round.keyed->live)
		fill_pool(driver, round.keyed, n);
	round_trip(&round);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { HOSTILE, POOLED, POOLED_AUTH, NEW, NEW_AUTH };
	static const uint8_t weights[] = { 2, 6, 6, 1, 1 };
	struct input in = { data, size };
	unsigned int lot = input_lot(&in);
	/* Else next to no input would be without cryptography, and few about devices that lie. */
	bool hostile = lot < 4;
	unsigned int most = lot == 7 ? DEEP_ROUNDS : MAX_ROUNDS;
	struct driver *driver = driver_start(&in);
	unsigned int rounds = 0;

	do {
		switch (hostile ? HOSTILE : input_choose(&in, weights, sizeof(weights))) {
		case HOSTILE:
			hostile_device(&in);
			break;
		case POOLED:
			pooled_round_trip(driver);
			break;
		case POOLED_AUTH:
			auth_round(driver, true);
			break;
		case NEW:
			new_round_trip(driver);
			break;
		default:
			auth_round(driver, false);
		}
		scratch_reset();
	} while (in.left && ++rounds < most);
	reached_count(driver->crypted != 0);
	return 0;
}
