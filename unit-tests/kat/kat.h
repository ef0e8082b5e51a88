/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * vcrypto-kat: known answers through the whole path.
 *
 *	files.c, formats.c                  which of the next line a file is for
 *	cavp.c, json.c, stanza.c, text.c    a file -> struct vector, one after the other
 *	algorithms.c, subject.c             which algorithm a file means
 *	run.c, monte.c, job.c               a vector -> operations, in every cut
 *	ring.c, virtio.c, device.c          an operation -> a request or an ioctl
 *	plugin.c                            a backend in a file of somebody else's
 *	report.c                            what came of it
 *	system.c                            memory, files, and the end
 *
 * text.c, algorithms.c, bytes.c and system.c are also what ../vectors.c is made of.
 */
#ifndef KAT_H
#define KAT_H

#include <stdio.h>
#include <vcrypto/backend.h>

struct kat;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- system.c --- */

/* Prints what went wrong, and ends the program with status 2. */
_Noreturn void kat_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with "FILE: WHERE: " before it. */
_Noreturn void kat_file_error(const struct kat *kat, const char *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void *kat_alloc(size_t len);
void kat_free(void *memory);

/* All of kat->file, with a NUL behind it; kat_free() it. */
char *kat_read_file(const struct kat *kat, size_t *len);

/* --- bytes.c --- */

/* The longest message that a file may have. */
#ifndef KAT_LONGEST
#define KAT_LONGEST ((size_t)1 << 28)
#endif

/* Bytes of a vector; owned, except in struct op. */
struct bytes {
	uint8_t *at;
	size_t len;
	bool given;	/* although perhaps empty */
};

void bytes_free(struct bytes *bytes);
void bytes_set(struct bytes *bytes, const void *from, size_t len);

/* @hex of @len characters; false, and nothing set, if it is not whole bytes in hexadecimal. */
bool bytes_from_hex(struct bytes *bytes, const char *hex, size_t len);

/* The line that begins at *@text, which then is the next one's begin; NULL: it is the @end. */
char *kat_line(char **text, char *end);

/* @from without the space around it. */
char *kat_trim(char *from);

/* --- algorithms.c --- */

#define KAT_NAME 64

/* What a name in a file means. */
struct algorithm {
	char name[KAT_NAME];	/* "AES-CBC", "HMAC-SHA2-256"; of an unknown one the file's own */
	char base[KAT_NAME];	/* "AES"; of HMAC-SHA1 "SHA1"; of HMAC alone "" */
	bool known;		/* by this program */
	bool has_mode;		/* or is one that has none */
	bool hmac;
	uint32_t cipher;	/* enum vcrypto_cipher_id; or */
	uint32_t mac;		/* enum vcrypto_mac_id; neither: the interface does not have it */
};

/* @spelling as in any kind of file: "AES-CBC", "aes-128-cbc", "HMACSHA256", "bf-cbc". */
void kat_find(struct algorithm *algorithm, const char *spelling);
bool kat_is_mode(const char *spelling);
/* Whether the interface has @base in some mode. */
bool kat_has_modes(const char *base);
const char *kat_cipher_name(uint32_t id);
const char *kat_mac_name(uint32_t id);

/* --- vectors --- */

enum verdict {
	VALID,		/* the answer must come out */
	ACCEPTABLE,	/* the answer must come out, or the device refuse */
	INVALID,	/* must not verify */
};

enum monte {
	NOT_MONTE,
	MONTE_AES,	/* AESAVS, 6.4: 1000 rounds */
	MONTE_TDES,	/* TMOVS: 10000 rounds */
	MONTE_SHA,	/* SHAVS: three digests are the next message; 1000 rounds */
	MONTE_SHA3,	/* SHA3VS: one is; 1000 rounds */
};

struct vector {
	char where[64];		/* within the file, for a mismatch: "line 17", "tcId 4" */
	uint32_t cipher;	/* enum vcrypto_cipher_id, or 0 */
	uint32_t mac;		/* enum vcrypto_mac_id, or 0 */
	enum verdict verdict;
	enum monte monte;
	bool decrypt;		/* the direction of a Monte Carlo test */
	size_t monte_len;	/* its messages are cut or filled to this; 0: they are not */
	bool padded;		/* the plaintext is without its PKCS #7 padding */
	struct bytes key;
	struct bytes mac_key;
	struct bytes iv;	/* of CCM the nonce; empty: from zeros */
	struct bytes aad;
	struct bytes plaintext;
	struct bytes ciphertext;	/* without the tag */
	struct bytes tag;	/* AEAD, SRTP: as long as it is to be */
	struct bytes next_iv;
	struct bytes message;	/* for the MAC, where there is no cipher; Monte Carlo: the seed */
	struct bytes digest;	/* the first bytes of it; with a cipher: of the plaintext */
	size_t repeat;		/* the message as often as this; at least 1 */
};

void vector_clear(struct vector *vector);
/* One or two DES keys for the three of TDES. */
void vector_expand_tdes(struct vector *vector);

/* --- operations: what a transport does --- */

enum cut {
	CUT_WHOLE,
	CUT_BYTES,
	CUT_FIELDS,
	CUT_HEADER,
	CUT_PAGES,
	CUT_INDIRECT,
	CUT_MIXED,
	CUT_IN_PLACE,
	CUT_INTERLEAVED,
	CUT_OVERLAP,
	CUT_UNALIGNED,
	CUT_EDGE,
	CUT_REQUESTS,
	CUT_COUNT
};

struct session {
	uint32_t cipher;
	uint32_t mac;
	struct bytes key;
	struct bytes mac_key;
};

/* One request: CRYPT, or AUTHCRYPT in its AEAD mode. */
struct op {
	enum cut cut;
	bool aead;
	bool decrypt;
	bool reset;		/* start the hash anew */
	bool more;		/* AEAD: the message goes on */
	bool go_on;		/* AEAD: it began earlier */
	size_t message_len;	/* CCM, with @more and without @go_on: all of it */
	const uint8_t *iv;	/* of iv_len bytes; as on the wire */
	uint16_t iv_len;	/* 0: go on from the last */
	uint8_t *iv_out;	/* room for the next IV */
	uint16_t iv_out_len;	/* 0: not wanted */
	const uint8_t *aad;
	size_t aad_len;
	const uint8_t *src;
	size_t len;
	uint8_t *dst;		/* @len bytes if there is a cipher */
	/*
	 * AEAD: the tag, read when decrypting, else written.  Otherwise the
	 * digest, written; tag_len is then 0, do not finish, or all of it.
	 */
	uint8_t *tag;
	uint16_t tag_len;
};

/*
 * Where operations go.  Each returns an enum vcrypto_status, or -1 if the
 * device breaks the rules; transport_error() then says how.  There is one
 * session at a time.
 */
struct transport {
	const enum cut *cuts;		/* what it can do */
	size_t cut_count;
	size_t longest;			/* bytes of source in one operation */
	size_t longest_aad;
	bool returns_iv;		/* also of an operation that goes on from the last */
	bool one_request;		/* a digest cannot be made of several */
	/* Whether the device's interface has numbers for these; NULL: for all. */
	bool (*can_say)(uint32_t cipher, uint32_t mac);
	bool (*can_continue)(void *device, uint32_t cipher);	/* an AEAD message */
	bool (*offers)(void *device, uint32_t cipher, uint32_t mac);
	int (*session_new)(void *device, const struct session *session, enum cut cut);
	int (*session_free)(void *device);
	int (*op)(void *device, const struct op *op);
	/* NULL after a message if it cannot be had. */
	void *(*open)(const void *what);
	void (*close)(void *device);
};

extern const struct transport ring_transport;	/* open: struct vcrypto_backend */
extern const struct transport virtio_transport;	/* the same */
extern const struct transport device_transport;	/* open: a path */
const char *transport_error(void);
int transport_broken(const char *how);	/* returns -1 */

const char *cut_name(enum cut cut);
const char *cut_help(enum cut cut);

/* --- plugin.c --- */

/* The backend in the shared object @file; ends the program if there is none that fits. */
const struct vcrypto_backend *kat_plugin(const char *file);

/* --- one run of the tool --- */

/* Why a vector is skipped. */
enum lack {
	LACK_NAME,	/* this program does not know the algorithm's name */
	LACK_OFFER,	/* the device does not offer it */
	LACK_WORDS,	/* the interface cannot say it */
	LACK_FILE,	/* the file does not say it */
	LACK_CUT,	/* none of the chosen cuts makes a difference to it */
	LACK_COUNT
};

struct counts {
	char *name;
	char *reason;		/* of a skip; NULL: passed and failed */
	enum lack lack;
	unsigned long passed;
	unsigned long failed;
	unsigned long skipped;
};

struct kat {
	const struct transport *transport;
	void *device;
	const char *device_name;
	bool cuts[CUT_COUNT];		/* chosen */
	bool rotate;			/* the first, and one other in turn */
	bool quiet;
	const char *file;
	const char *algorithm;		/* --algorithm, or NULL */
	struct counts *counts;
	size_t count_count;
	unsigned long runs[CUT_COUNT];
	unsigned long vectors;		/* seen so far */
	unsigned long file_passed, file_failed, file_skipped;
	unsigned long passed, failed, skipped;
	unsigned long lacks[LACK_COUNT];	/* why skipped */
	unsigned long idle_files;		/* files of which nothing could run */
	bool mismatch;			/* in this vector */
	bool refused;			/* the device does not do this acceptable vector */
};

/* --- run.c --- */

/* Runs @vector in every chosen cut and counts it.  @vector stays the caller's. */
void kat_vector(struct kat *kat, const struct vector *vector);

/* --- job.c --- */

/* Bytes of source in each request of a message of @len bytes. */
size_t kat_request_len(const struct kat *kat, const struct vector *vector, size_t len,
		       enum cut cut);

/* Something to be done with a message of any length. */
struct job {
	bool decrypt;
	const uint8_t *src;
	size_t len;
	uint8_t *dst;		/* NULL: hash only */
	uint8_t *tag;		/* digest, or tag of an AEAD */
	uint16_t tag_len;
	uint8_t *iv_out;	/* of 16 bytes, or NULL */
};

/*
 * Does @job in one request, or in as many as @cut and the transport want.
 * False, after a mismatch, unless the last answer is @expected and all others
 * are OK.
 */
bool kat_job(struct kat *kat, const struct vector *vector, const struct job *job, enum cut cut,
	     int expected);

/* --- monte.c --- */

void kat_monte(struct kat *kat, const struct vector *vector, enum cut cut);

/* --- report.c --- */

/* Counts a vector that cannot run; @detail is more about it, or NULL. */
void kat_skip(struct kat *kat, const char *algorithm, enum lack lack, const char *detail);
/* The same for an algorithm that has no number in the interface. */
void kat_skip_algorithm(struct kat *kat, const struct algorithm *algorithm);
void kat_count(struct kat *kat, const struct vector *vector);
const char *kat_algorithm(const struct vector *vector);
/* A mismatch; of @got and @expected either may be NULL. */
void kat_mismatch(struct kat *kat, const struct vector *vector, enum cut cut, const char *what,
		  const uint8_t *expected, const uint8_t *got, size_t len);
void kat_begin_file(struct kat *kat, const char *file);
void kat_end_file(struct kat *kat);
void kat_table(const struct kat *kat);
/* The same, but for the cuts, for a page of documentation. */
void kat_markdown(const struct kat *kat);
void kat_forget(struct kat *kat);

/* --- files --- */

bool kat_format_known(const char *format);
/* Runs all vectors of @file, whose format is @format or "auto". */
void kat_file(struct kat *kat, const char *file, const char *format);
/* The same of the @len bytes at @text, as below. */
void kat_parse(struct kat *kat, char *text, size_t len, const char *format);

/*
 * Each runs all vectors of a file whose @len bytes are at @text, which ends with
 * a NUL and may be changed.  kat_file_error() if there is something that it does
 * not understand.
 */
void kat_cavp(struct kat *kat, char *text, size_t len);
void kat_json(struct kat *kat, char *text, size_t len);	/* Wycheproof, ACVP */
void kat_stanzas(struct kat *kat, char *text, size_t len);	/* OpenSSL, BoringSSL */
void kat_text(struct kat *kat, char *text, size_t len);

/* Details that several files give. */
#define DETAIL_ALGORITHM "no such algorithm"
#define DETAIL_MODE "no such mode"
#define DETAIL_BITS "a length that is not whole bytes"

#endif /* KAT_H */
