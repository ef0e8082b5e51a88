// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "akcipher_hand.h"
#include "real_backend.h"

EVP_PKEY *akcipher_pkey;
struct bytes akcipher_key, akcipher_public, text, result, digest;

/* RFC 7515, A.2: key, digest and signature. */
static const char jws_private[] =
	"308204a30201000282010100a1f8160ae2e3c9b465ce8d2d656263362b927dbe29e1f02477fc1625cc90a136"
	"e38bd93497c5b6ea63dd7711e67c7429f956b0fb8a8f089adc4b69893cc1333f53edd019b87784252fec914f"
	"e4857769594bea4280d32c0f55bf62944f130396bc6e9bdf6ebdd2bda3678eeca0c668f701b38dbffb38c834"
	"2ce2fe6d27fade4a5a4874979dd4b9cf9adec4c75b05852c2c0f5ef8a5c1750392f944e8ed64c110c6b64760"
	"9aa4783aeb9c6c9ad755313050638b83665c6f6f7a82a396702a1f641b82d3ebf2392219491fb686872c5716"
	"f50af8358d9a8b9d17c340728f7f87d89a18d8fcab67ad84590c2ecf759339363c07034d6f606f9e21e05456"
	"cae5e9a102030100010282010012ae71a469cd0a2bc37e526c4500571f1d61751d64e949707b62590f9d0ba5"
	"7c963c401e3fcf2f2cd3bdec88e503bfc6439b0b28c82f7d3797671f5213eed8c15a25d8d5cea0025ee3ab2e"
	"8b7f79216fc63bea562753b40644c6a15127d9b2954540a0bbe1a30556982d4e9fde5f6425f14d4b713441b5"
	"5dc73b9b4aedcc92ace3927e37f57d0cfd5e7581fa512c8f4961a9eb0b80f8a80746728a55ff46471f342506"
	"3b9d53642f5ede1e84d613081afa5c22d051285bd63b943b565d898a05685413e53c3c6c6525ff1fe34e3ddc"
	"70f0d56450fda48ba12e104e9deb9fb81881e1c4bdf25d9247f450c865927968e77334f4414f75a750e13954"
	"6e3a8a739d02818100e01cc410eb48a6655d54464d0aa4bb6da0b872b774a6a9d11ffe480778f0ddb7311a7e"
	"902ef9c4b5f75476262ba8176cb35979f014372a1a2829e4136bd001d07c3f3f2e4f25d4c934f63c7109fba2"
	"e67628a0dc9a73c6058e6def22dcd50950e711ddc16d5586f2a7fa75ea8494c18083e0b65742f8a0d5e73fb2"
	"d970f0194702818100b903c47e0995b632f4532cb1f3c199145d5f3ae9c7dfeedc7a92a6b47e29c61b42a07a"
	"a95a64fc600999c5a7b01e01c08cb62ca756527bbcc56078fb0baba5ed38de2d07990ff6300faeadeb6c039a"
	"97bf1e507e4e7040fa78db8257c8b112ed5e59c3cd092fe5d4e5b51275d41281072a5e785ebaf3dae3709203"
	"133f5159d702818007029f577024ab9fcc1590c56429d6fb0ce5f820a8f375a866f9cb430093783bfcbb396e"
	"4529e6ef52374022dd86ba84d9ef58931beec5d05fa53fcf23b633f8538a9eed51e87b097830a39f5d92937b"
	"e6024b55db36f7e0c09dcbb72975387f615afbb6cb36bbabe7793c2b03ceab66dbb931baf50b55ec9af9311d"
	"001d628d0281810087ff7afa62b547fee0961b2e9bcd5d6718d39d8ca73db6691f38998de78771762c5da68c"
	"c243a5383b166bb23dc570e84706ca801ef5f6bae6236a0aafa3770e8f54d1a8da1c5f8d2899f082331ddb0f"
	"5c8f3dfffa4c8d97102bdafe082a118da6633988880e4b55599ce67af26ebfa5b2c14a9de7b2c4dd96abddd2"
	"d2224c7502818021877b0c73a1ad6bf19303d0b11336b4e82b8db72b7efb50262a5df8395cc7256eb8cf6c40"
	"b7608d5936a32dba174126a527062ead8ca305fb7e177f409437c9dcb9718ed82018bcef0f7720a2c475f9db"
	"26da0e3cb516d084eb25178e828d5cabd49bb3161ac0181fa7f821e80e7ad37936f9943054ad092921ee2c59"
	"2e4375";

static const char jws_digest[] =
	"c88a34847b4ffb12a9326e540f144b3dcc4d5515f18701e7d6e0ee7866c9c705";

static const char jws_signature[] =
	"702e218943e88fd11eb5d82dbf7845f34106ae1b81fff7731116add1717d83656d420afd3c96eedd73a2663e"
	"5166687b000b87226e0187ed1073f945e582adfcef16d85a798ee8c66ddb3db8975b17d09402beedd5d9d970"
	"07108db28160d5f8040ca7445762b81fbe7ff9d92e0ae76f24f25b33bbe6f44ae61eb1040acb20044d3ef912"
	"8ed40130795bd4bd3b41eecad066ab651981fde48df77f372dc38b9fafdd3befb18b5da3cc3c2eb02f9e3a41"
	"d612caad15911273a05f23b9e838faaf849d698429ef5a1e88798236c3d40e604522a544c8f27a7a2db80663"
	"d16cf7caea56de405cb2215a45b2c25566b55ac1a748a070dfc8a32a469543d019eefb47";

void set_hex(struct bytes *bytes, const char *hex)
{
	bytes->len = unhex(hex, bytes->at, sizeof(bytes->at));
}

int start(void **state)
{
	(void)state;
	hand_start(real_backend(), 16, 0);
	vcrypto_virtio_offer_akcipher(hand_device, NULL);
	return 0;
}

int stop(void **state)
{
	(void)state;
	hand_stop();
	return 0;
}

void forget_key(void)
{
	EVP_PKEY_free(akcipher_pkey);
	akcipher_pkey = NULL;
}

/* PKCS#1 of both halves (i2d_PrivateKey() writes it for RSA, and RFC 5915 for EC). */
void write_key(void)
{
	uint8_t *to = akcipher_key.at;

	akcipher_key.len = (size_t)i2d_PrivateKey(akcipher_pkey, &to);
	to = akcipher_public.at;
	akcipher_public.len = (size_t)i2d_PublicKey(akcipher_pkey, &to);
	assert_true(akcipher_key.len && akcipher_key.len < sizeof(akcipher_key.at));
}

void new_rsa(unsigned int bits)
{
	forget_key();
	akcipher_pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	assert_non_null(akcipher_pkey);
	write_key();
}

void new_ec(const char *curve)
{
	forget_key();
	akcipher_pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
	assert_non_null(akcipher_pkey);
	write_key();
	/* A point, as the standard wants it. */
	assert_int_equal(EVP_PKEY_get_octet_string_param(akcipher_pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
							 akcipher_public.at, sizeof(akcipher_public.at),
							 &akcipher_public.len), 1);
}

struct hand hand_of(uint32_t type, uint32_t padding, uint32_t hash)
{
	const struct bytes *half = type == PRIVATE ? &akcipher_key : &akcipher_public;

	return (struct hand){
		.service = 4, .algo = 1, .key_type = type, .padding = padding,
		.padding_hash = hash, .key = half->at, .key_len = (uint32_t)half->len,
	};
}

void jws_key(void)
{
	const uint8_t *from = akcipher_key.at;

	set_hex(&akcipher_key, jws_private);
	forget_key();
	akcipher_pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &from, (long)akcipher_key.len);
	assert_non_null(akcipher_pkey);
	write_key();
	set_hex(&digest, jws_digest);
	set_hex(&result, jws_signature);
}

struct hand ec_of(uint32_t type, uint32_t curve)
{
	struct hand hand = hand_of(type, curve, 0);

	hand.algo = 2;
	return hand;
}

struct hand ask(struct hand hand, uint32_t op, const uint8_t *src, size_t src_len, size_t dst_len)
{
	hand.op = op;
	hand.src = src;
	hand.src_len = (uint32_t)src_len;
	hand.dst_len = (uint32_t)dst_len;
	return hand;
}

struct hand ask_verify(struct hand hand, const uint8_t *src, size_t src_len, const uint8_t *of,
		       size_t of_len)
{
	hand = ask(hand, VERIFY, src, src_len, of_len);
	hand.aad = of;
	hand.aad_len = (uint32_t)of_len;
	return hand;
}

/* One answer is enough; its status. */
uint32_t run_once(struct hand hand)
{
	uint32_t status;

	hand_restart(REVISION_1);
	hand.id = hand_session(&hand);
	hand_data(&hand);
	status = hand_status();
	/* How long a result is, is read from there. */
	if (status)
		assert_int_equal(hand_give(), 1);
	return status;
}
