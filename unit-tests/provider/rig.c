// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include "provider.h"
#include "rig.h"
#include "system.h"

struct rig rig;
OSSL_LIB_CTX *with, *without;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t state = 1;

extern OSSL_provider_init_fn OSSL_provider_init;

/* --- in place of provider/system.c --- */

int vc_system_open(const char *path)
{
	void (*call)(void);
	int fd = -1;

	pthread_mutex_lock(&lock);
	call = rig.while_opening;
	rig.while_opening = NULL;
	pthread_mutex_unlock(&lock);
	if (call)
		call();
	pthread_mutex_lock(&lock);
	rig.opened++;
	if (rig.no_device)
		errno = rig.no_device;
	else
		fd = open(path, O_RDWR);
	pthread_mutex_unlock(&lock);
	return fd;
}

bool vc_system_identify(int fd, struct vc_identity *identity)
{
	(void)fd;
	pthread_mutex_lock(&lock);
	*identity = (struct vc_identity) { .inode = rig.taken };
	pthread_mutex_unlock(&lock);
	return true;
}

void vc_system_close(int fd)
{
	pthread_mutex_lock(&lock);
	rig.closed++;
	close(fd);
	pthread_mutex_unlock(&lock);
}

/* A call that fails may have written anything. */
static int fail_call(unsigned long number, const void *argument)
{
	const struct crypt_auth_op *auth = argument;
	const struct crypt_op *op = argument;

	if (number == CIOCCRYPT && op->dst)
		memset(op->dst, 0x55, op->len);
	if (number == CIOCAUTHCRYPT)
		memset(auth->dst, 0x55, auth->len - (auth->op == COP_DECRYPT ? auth->tag_len : 0));
	return rig.fails;
}

static int answer(int fd, unsigned long number, void *argument)
{
	bool call = number == CIOCCRYPT || number == CIOCAUTHCRYPT;

	if (rig.gone)
		return rig.gone;
	if (number == CIOCGSESSION && rig.no_session)
		return rig.no_session;
	if (call && rig.fails)
		return fail_call(number, argument);
	if (ioctl(fd, number, argument))
		return errno;
	rig.calls += call;
	rig.sessions += number == CIOCGSESSION;
	rig.freed += number == CIOCFSESSION;
	rig.copies += number == CIOCCPHASH;
	return 0;
}

int vc_system_ioctl(int fd, unsigned long number, void *argument)
{
	int error;

	pthread_mutex_lock(&lock);
	error = answer(fd, number, argument);
	rig.lost |= error == ENODEV;
	pthread_mutex_unlock(&lock);
	return error;
}

/* --- OpenSSL with it --- */

void rig_start_with(const char *settings)
{
	char path[] = "/tmp/vcrypto-provider-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	fprintf(file, "openssl_conf = main\n[main]\nproviders = providers\nalg_section = algorithms\n"
		"[providers]\nvcrypto = vcrypto_section\ndefault = default_section\n[default_section]\nactivate = 1\n"
		"[algorithms]\ndefault_properties = ?provider=vcrypto\n"
		"[vcrypto_section]\nactivate = 1\n%s\n", settings);
	fclose(file);
	memset(&rig, 0, sizeof(rig));
	with = OSSL_LIB_CTX_new();
	without = OSSL_LIB_CTX_new();
	assert_true(OSSL_PROVIDER_add_builtin(with, "vcrypto", OSSL_provider_init));
	if (!OSSL_LIB_CTX_load_config(with, path))
		ERR_print_errors_fp(stdout);
	unlink(path);
}

int rig_start(void **ignored)
{
	char settings[40];

	(void)ignored;
	state = 1;
	snprintf(settings, sizeof(settings), "min-bytes = %d", MIN_BYTES);
	rig_start_with(settings);
	return 0;
}

int rig_stop(void **ignored)
{
	(void)ignored;
	OSSL_LIB_CTX_free(with);
	OSSL_LIB_CTX_free(without);
	if (!rig.lost)
		assert_int_equal(rig.freed, rig.sessions);
	assert_int_equal(rig.closed, rig.opened);
	return 0;
}

bool rig_wipes(void)
{
	uint8_t *mark = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	assert_true(mark != MAP_FAILED);
	assert_int_equal(madvise(mark, 1, MADV_WIPEONFORK), 0);
	*mark = 1;
	child = fork();
	if (!child)
		_exit(*mark);
	assert_int_equal(waitpid(child, &status, 0), child);
	munmap(mark, 1);
	if (status)
		print_message("SKIP: memory is not wiped in a child here\n");
	return !status;
}

uint32_t rig_random(uint32_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % limit);
}

void rig_fill(void *to, size_t len)
{
	uint8_t *bytes = to;

	while (len--)
		*bytes++ = (uint8_t)rig_random(256);
}

size_t rig_length(void)
{
	return rig_random(rig_random(8) ? 3 * MIN_BYTES : RIG_MOST);
}

EVP_CIPHER *our_cipher(const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(with, name, NULL);

	assert_non_null(cipher);
	assert_string_equal(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)), "vcrypto");
	return cipher;
}

EVP_CIPHER *other_cipher(const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(without, name, NULL);

	assert_non_null(cipher);
	return cipher;
}
