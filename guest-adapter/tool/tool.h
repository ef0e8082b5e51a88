/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the parts of the program vcrypto share.
 *
 * Everything that goes wrong ends in one line on standard error.  Exit status:
 * 0, done; 1, something failed; 2, called wrongly.  Keys are kept in a struct
 * bytes; those that arguments_parse() has filled are wiped however the program
 * ends by itself.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <crypto/cryptodev.h>

#define TOOL_VERSION "0.1.0"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What goes into one call where data may be cut: a multiple of every block and sector. */
#define PIECE ((size_t)1 << 20)
/* No call of /dev/crypto takes more. */
#define MAX_CALL ((size_t)64 << 20)
/* And of XTS, whose data unit it is. */
#define MAX_UNIT ((size_t)16 << 20)

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum command {
	COMMAND_NONE, COMMAND_LIST, COMMAND_ENC, COMMAND_DEC, COMMAND_HASH, COMMAND_MAC,
	COMMAND_AEAD, COMMAND_SPEED, COMMAND_INFO
};

/* message.c */

/* Print "vcrypto: ..." and end the program with EXIT_FAILED, or EXIT_USAGE. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Which command's --help die_usage() names. */
void usage_of(enum command command);
/* Prints the same, and the program goes on. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* die() unless all of standard output has been written. */
void finish_stdout(void);

double now(void);
/* Shown only on a terminal and after half a second.  @total: 0 if not known. */
void progress_begin(uint64_t total, bool quiet);
void progress_add(uint64_t bytes);
void progress_end(void);
/* The line as it is shown; returns @text. */
char *progress_line(uint64_t done, uint64_t total, double seconds, char *text, size_t size);

/* algorithms.c */

enum kind { KIND_CIPHER, KIND_AEAD, KIND_HASH, KIND_MAC };

struct algorithm {
	uint32_t number;	/* CRYPTO_... */
	enum kind kind;
	uint16_t block;		/* data are a multiple of this */
	uint16_t iv_len;	/* as /dev/crypto wants it */
	uint16_t key_min, key_max;
	uint16_t key_step;	/* between allowed key lengths */
	uint16_t result_len;	/* of the digest, or the longest tag */
	bool whole;		/* all data have to go into one call */
	const char *name;	/* ours */
	const char *kernel;	/* in /proc/crypto's way */
	const char *aliases;	/* others, each between blanks */
};

/* An algorithm as somebody named it; "aes-128-cbc" says the key's length as well. */
struct choice {
	const struct algorithm *algorithm;
	size_t key_len;		/* 0: not said */
};

extern const struct algorithm algorithms[];
extern const size_t algorithm_count;

/* In any case of letters. */
bool algorithm_find(const char *name, struct choice *choice);
bool algorithm_key_len_ok(const struct choice *choice, size_t len);
/* Writes "16, 24 or 32" or "4 to 56"; returns @text. */
char *algorithm_key_lens(const struct choice *choice, char *text, size_t size);
/* Whether there is something to decrypt. */
bool algorithm_decrypts(const struct algorithm *algorithm);
bool algorithm_tag_len_ok(const struct algorithm *algorithm, size_t len);
/* "cipher", ... */
const char *kind_name(enum kind kind);

/* text.c */

struct bytes {
	bool given;
	size_t len;
	uint8_t at[512];
};

/* False if it is not an even number of hexadecimal digits, or too long. */
bool parse_hex(const char *text, struct bytes *bytes);
/* A decimal number, perhaps with k, M or G (1024 each) behind it. */
bool parse_size(const char *text, uint64_t *size);
/* Writes "12.3 MB"; returns @text. */
char *format_bytes(double bytes, char *text, size_t size);
/* Prints what sha256sum does, and what "sha256sum -c" reads. */
void print_digest(const uint8_t *digest, size_t len, const char *file);

/* options.c, for arguments.c and help.c */

/* The value is a letter if there is a short form. */
enum option_id {
	OPTION_HELP = 'h', OPTION_VERSION = 'V', OPTION_INPUT = 'i', OPTION_OUTPUT = 'o',
	OPTION_QUIET = 'q', OPTION_DEVICE = 256, OPTION_KEY, OPTION_KEY_FILE, OPTION_IV,
	OPTION_PADDING, OPTION_AAD, OPTION_AAD_FILE, OPTION_TAG_LEN, OPTION_SECONDS, OPTION_SIZE,
	OPTION_OPS, OPTION_JSON, OPTION_SECTOR_SIZE, OPTION_DECRYPT, OPTION_JOBS, OPTION_ASYNC,
	OPTION_LATENCY, OPTION_SOFTWARE, OPTION_PASSPHRASE_FILE
};

struct option_row {
	const char *name;
	const char *value;	/* as --help calls it, or NULL: it takes none */
	enum option_id id;
	unsigned int commands;	/* that know it: bits, 1 << COMMAND_... */
	const char *about;
};

enum { ANY_KIND = -1, MAX_OPTIONS = 32 };

struct command_row {
	const char *name;
	const char *synopsis;
	const char *about;
	int kind;		/* of its algorithms: enum kind, or ANY_KIND */
};

extern const struct option_row option_rows[];
extern const size_t option_count;	/* at most MAX_OPTIONS */
/* By enum command; COMMAND_NONE has no row. */
extern const struct command_row command_rows[];
extern const size_t command_count;

/* help.c: of a command, or with COMMAND_NONE of all. */
void print_help(enum command command);

/* json.c: to standard output.  @name is NULL in an array and at the top. */

/* @bracket: '{' or '['; then what is inside; then json_end() with the other one. */
void json_begin(const char *name, char bracket);
void json_end(char bracket);
void json_string(const char *name, const char *text);
void json_count(const char *name, uint64_t number);
void json_real(const char *name, double number);
void json_bool(const char *name, bool value);
/* A number if @text is one, else a string. */
void json_found(const char *name, const char *text);

/* arguments.c */

#define MAX_SIZES 16
#define MAX_JOBS 256
#define MAX_ASYNC 64	/* no open file takes more */

struct arguments {
	enum command command;
	bool decrypt;		/* enc and dec, aead enc and aead dec, speed */
	struct choice choice;	/* for those that take one */
	char **operands;	/* the rest: files, or algorithms of speed */
	size_t operand_count;
	const char *device;
	const char *input, *output;	/* "-": standard input, output */
	struct bytes key, iv;
	struct bytes passphrase;
	const char *key_file;	/* or NULL */
	const char *passphrase_file;	/* or NULL */
	const char *aad;	/* hexadecimal digits, or NULL */
	const char *aad_file;	/* or NULL */
	size_t tag_len;
	bool pad;		/* PKCS #7 */
	size_t sector_size;	/* of XTS, or 0: all is one */
	bool quiet;
	bool json;
	bool help;
	bool ops;		/* speed: calls per second */
	bool latency, software;	/* speed, too */
	size_t jobs;		/* threads */
	size_t depth;		/* asynchronous calls under way, or 0 */
	double seconds;
	size_t sizes[MAX_SIZES];
	size_t size_count;
};

/* The result stays valid; the keys in it are wiped when the program ends. */
struct arguments *arguments_parse(int argc, char **argv);

/* operands.c: what is left of them; ends the program if something is missing. */
void arguments_check(struct arguments *arguments);

/* stream.c */

struct input {
	const char *name;	/* as in messages */
	int fd;
	uint64_t size;		/* 0: not known */
	bool has_next;
	uint8_t next;		/* has been read, but not given out */
};

/* "-" is standard input.  These set errno and return false, or -1. */
bool input_open(struct input *input, const char *path);
/* Less than @len bytes only at the end; @last says whether this is the end. */
ssize_t input_read(struct input *input, void *to, size_t len, bool *last);
void input_close(struct input *input);

/* Ends the program if it cannot be opened. */
void input_must_open(struct input *input, const char *path);
/*
 * The rest of it in memory of its own (wipe_free()), with @room bytes behind it;
 * ends the program if that fails or there are more than @max.
 */
uint8_t *read_rest(struct input *input, size_t max, size_t room, size_t *len);
/* The same of a file that is opened and closed. */
uint8_t *read_whole(const char *path, size_t max, size_t room, size_t *len);

/*
 * A file is written under another name beside it and gets its own with
 * output_commit(); until then what was there stays, and if the program ends or is
 * ended, the unfinished file is removed.  What is not a file (a device, a pipe) is
 * written at once.  These end the program if they fail.
 */
void output_open(const char *path);
void output_write(const void *from, size_t len);
void output_commit(void);

/* PIECE bytes and some room, or @len, aligned to pages. */
uint8_t *allocate(size_t len);
void wipe_free(void *memory, size_t len);

/* device.c */

/* Ends the program if that fails. */
int device_open(const char *path);
/* What to tell the user about an error of open(). */
const char *device_open_problem(int error);
/* The errno of CIOCGSESSION, or 0 and the number. */
int device_try(int fd, const struct algorithm *algorithm, const void *key, size_t len,
	       uint32_t *ses);
/* The same for what the user has chosen; ends the program if that fails. */
uint32_t device_session(int fd, const struct choice *choice, const struct bytes *key);
void device_free(int fd, uint32_t ses);
void device_crypt(int fd, struct crypt_op *crypt);
/* What to tell the user about an error of a data call. */
const char *device_problem(int error);
/* Whether an error of CIOCGSESSION says that there is no such algorithm. */
bool device_lacks(int error);
/* A key that every algorithm takes, of any length up to that of struct bytes. */
void device_test_key(struct bytes *key, size_t len);
/* Copies a const pointer into the structures of <crypto/cryptodev.h>. */
uint8_t *unconst(const void *pointer);

/* crypt.c: the key is there, and what is written has its beginning. */
void begin_keyed(struct arguments *arguments, struct input *input);

/* aead.c */

/* The IV as /dev/crypto wants it: CCM's is made of a nonce of 7 to 13 bytes. */
bool aead_iv(const struct algorithm *algorithm, const struct bytes *nonce, uint8_t iv[16]);

/* passphrase.c: these fill key and iv; they end the program if that fails. */

#define PASSPHRASE_HEADER 72
/* New ones; @header is for the beginning of what is written. */
void passphrase_seal(struct arguments *arguments, uint8_t header[PASSPHRASE_HEADER]);
/* Those of a file, whose header is read. */
void passphrase_open(struct arguments *arguments, struct input *input);

/* info.c */

/* What "list" and "info" say about the driver and its devices; in short or in full. */
void print_driver(const struct arguments *arguments, bool full);

/* software.c: whether this program was built with libcrypto. */
extern const bool libcrypto_built;

/* The commands, a file each; they return the exit status. */
int run_crypt(struct arguments *arguments);	/* crypt.c: enc, dec */
int run_digest(struct arguments *arguments);	/* digest.c: hash, mac */
int run_aead(struct arguments *arguments);
int run_list(struct arguments *arguments);
int run_speed(struct arguments *arguments);
int run_info(struct arguments *arguments);

#endif /* TOOL_H */
