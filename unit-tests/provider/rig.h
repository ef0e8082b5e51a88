/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The provider in a process with a /dev/crypto of its own: ../semantics/ with a real engine.
 * What it asks of the device is counted, and can be made to fail.
 */
#ifndef PROVIDER_RIG_H
#define PROVIDER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include <crypto/cryptodev.h>

/* What is shorter is left to software, unless a test says otherwise. */
#define MIN_BYTES 64

struct rig {
	/* What has been asked, since the last rig_start(). */
	unsigned int opened;
	unsigned int closed;		/* descriptors */
	unsigned int sessions;		/* made */
	unsigned int freed;
	unsigned int calls;		/* CIOCCRYPT, CIOCAUTHCRYPT that have succeeded */
	unsigned int copies;		/* CIOCCPHASH */
	bool taken;			/* the descriptors' numbers are other files' by now */
	bool lost;			/* ENODEV was said: sessions end with their file */
	void (*while_opening)(void);	/* called once, by the first open() */
	/* What fails: 0, or an errno. */
	int no_device;			/* open() */
	int fails;			/* CIOCCRYPT, CIOCAUTHCRYPT, with a ruined destination */
	int no_session;			/* CIOCGSESSION */
	int gone;			/* all ioctls */
};

extern struct rig rig;

/* OpenSSL with the provider, preferred, and with the default one alone. */
extern OSSL_LIB_CTX *with, *without;

/* @settings: lines for the provider's section. */
void rig_start_with(const char *settings);

/* For each test: a setup and a teardown, which checks that nothing is left open. */
int rig_start(void **state);
int rig_stop(void **state);

/*
 * Whether a child can be told from its parent; if not, says why a test is skipped: QEMU's emulators
 * of a processor alone promise to wipe memory in a child, and leave it as it is.
 */
bool rig_wipes(void);

/* Pseudo-random numbers below @limit, and bytes; the same in each run. */
uint32_t rig_random(uint32_t limit);
void rig_fill(void *to, size_t len);
/* A message's: mostly short, now and then longer than what is gathered. */
#define RIG_MOST (3 * VC_PART)
size_t rig_length(void);

/* @name with the provider and without; a failed assertion unless the one is ours. */
EVP_CIPHER *our_cipher(const char *name);
EVP_CIPHER *other_cipher(const char *name);

#endif /* PROVIDER_RIG_H */
