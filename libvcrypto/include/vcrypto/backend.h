/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a crypto provider looks like to the core: one constant table of
 * functions.  The core has checked everything that comes from the guest
 * before a backend sees it; a backend does cryptography and nothing else.
 *
 * Two objects belong to a backend, both in memory that the lane and the store provide,
 * zeroed, aligned to VCRYPTO_ALIGNMENT, and never moves:
 *
 *   provider  one for each lane; whatever is looked up once
 *   session   one for each live session; keys, scheduled once
 *
 * A lane (lane.h) calls its backend from one thread at a time.  Several lanes,
 * each with a provider of its own, may run at once, so a backend keeps no
 * state outside these objects.
 */
#ifndef VCRYPTO_BACKEND_H
#define VCRYPTO_BACKEND_H

#include <vcrypto/key.h>
#include <vcrypto/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Alignment of provider and session objects, in bytes. */
#define VCRYPTO_ALIGNMENT 16

/* @size, rounded up to it, for whoever lays several into one piece of memory. */
static inline size_t vcrypto_aligned(size_t size)
{
	return (size + VCRYPTO_ALIGNMENT - 1) / VCRYPTO_ALIGNMENT * VCRYPTO_ALIGNMENT;
}

/* Jobs that a lane hands to a backend at once, at most. */
#define VCRYPTO_BATCH 32

/*
 * What a provider offers, as bitmaps of the numbers in algorithm.h.  The TLS record
 * ciphers are the core's, whatever their bits are: a lane offers one if its backend has
 * AES-CBC and the HMAC that it is put together of.
 */
struct vcrypto_capabilities {
	uint64_t ciphers;	/* enum vcrypto_cipher_id */
	uint64_t macs;		/* enum vcrypto_mac_id */
	/*
	 * Of XTS and the AEAD ciphers, those for which every job needs source,
	 * destination and AAD in one piece each.  Where they are not, the lane
	 * brings memory of its own.
	 */
	uint64_t contiguous;
	/*
	 * AEAD ciphers that can do a message in several jobs (see begin and end),
	 * and XTS if it can do a data unit so (see more).
	 */
	uint64_t streams;
	/* Of asymmetric keys: bits of enum vcrypto_key_kind. */
	uint32_t keys;
	/*
	 * What the provider would be faster with and has not found, as it looked for it: a file
	 * name.  NULL: nothing.  Constant; for a line to who runs the device.
	 */
	const char *missing;
};

/* What a session is to be made of.  At least one of @cipher and @mac is set. */
struct vcrypto_session_spec {
	const struct vcrypto_cipher *cipher;	/* NULL: no cipher */
	const struct vcrypto_mac *mac;		/* NULL: no hash */
	/* Of an allowed length.  Without one, a pointer to no bytes. */
	const uint8_t *cipher_key;
	size_t cipher_key_len;
	const uint8_t *mac_key;
	size_t mac_key_len;
};

/* The table.  Constant, and there as long as any lane or store that was made with it. */
struct vcrypto_backend {
	/* Mandatory.  Shown in config space; 1 ... 15 printable ASCII characters. */
	const char *name;

	/* Bytes of a provider object; may be 0. */
	size_t provider_size;

	/* Bytes of a session object; may be 0. */
	size_t session_size;

	/*
	 * Mandatory.  Make @provider ready and fill @capabilities, which are zeros,
	 * with what it can do on this machine today.  False if the provider cannot be used at all;
	 * then everything has been released and close() is not called.
	 */
	bool (*open)(void *provider, struct vcrypto_capabilities *capabilities);

	/* Release what open() acquired.  NULL if that is nothing. */
	void (*close)(void *provider);

	/*
	 * Mandatory.  Make @session ready for @spec, whose algorithms are among the
	 * capabilities.  The keys are the core's and are wiped after the call: copy or
	 * schedule them; a key that is scheduled with the first job must be one that
	 * the provider takes.  VCRYPTO_OK; VCRYPTO_BAD_KEY for a key that the algorithm
	 * or the provider forbids; VCRYPTO_ERROR.  On failure everything has been released and
	 * session_free() is not called.
	 */
	enum vcrypto_status (*session_new)(void *provider, void *session,
					   const struct vcrypto_session_spec *spec);

	/*
	 * Release what session_new() acquired and wipe every key.  The core
	 * wipes @session itself afterwards.  NULL if there is nothing else.
	 */
	void (*session_free)(void *provider, void *session);

	/*
	 * Mandatory.  Take @count jobs, at least one, at most VCRYPTO_BATCH.  The jobs
	 * stay where they are and belong to the backend until they are done: it may do
	 * them now, or hold them until there are enough to be done at once.  Done is a job
	 * whose status the backend has set, and which it will not touch again.
	 *
	 * Several may be of one session, also over several calls; those take effect in
	 * the order in which they came.  Jobs of different sessions may be done in any
	 * order or at once.  The array itself is the lane's after the call.
	 */
	void (*submit)(void *provider, struct vcrypto_job *const *jobs, size_t count);

	/*
	 * Do all jobs that are held.  Every job of any submit() before is done after
	 * it; one whose status has not been set counts as failed.  NULL if submit()
	 * holds none.
	 */
	void (*flush)(void *provider);

	/*
	 * Copy the hash state of @from, which is defined, to @to.  The core has
	 * checked that both have the same MAC.  The key that the message was begun
	 * with belongs to the state: @to goes on and finishes with it, and with its
	 * own key again after the next reset.  The same holds if @from has a copied
	 * state itself.  False on failure; the state of @to is then undefined until
	 * a reset.  NULL if the provider cannot do it: HASH_COPY is then not
	 * supported.
	 */
	bool (*hash_copy)(void *provider, void *to, const void *from);

	/*
	 * Asymmetric keys; all four or none, as capabilities.keys says.  Unlike the others
	 * these functions may be called by several threads at once, also while a lane is at
	 * work with the same provider: they read the provider, and a key never changes.
	 */

	/* Bytes of a key object, which is like a session object. */
	size_t key_size;

	/*
	 * Make @key ready for @spec, whose kind is among the capabilities.  The provider reads
	 * the DER, which is the guest's memory: once, into memory of its own, which it wipes.
	 * VCRYPTO_OK; VCRYPTO_BAD_KEY: no such key, or there is more behind it;
	 * VCRYPTO_NOT_SUPPORTED: a hash or curve that it has not; VCRYPTO_ERROR.  On failure
	 * everything has been released.
	 */
	enum vcrypto_status (*key_new)(void *provider, void *key,
				       const struct vcrypto_key_spec *spec);

	/* Make @to, zeros, the same key as @from; each is freed.  False: no memory. */
	bool (*key_copy)(void *provider, void *to, const void *from);

	/* Release what the key has, and wipe it.  The core wipes @key itself afterwards. */
	void (*key_free)(void *provider, void *key);

	/* Run @job, which vcrypto_key_check() has let pass: all of its "out". */
	void (*key_run)(void *provider, const void *key, struct vcrypto_key_job *job);
};

/*
 * A backend of somebody else's in a shared object, for vcrypto-kat --backend-so.  One line
 * in one of its sources makes it one:
 *
 *	VCRYPTO_PLUGIN(vcrypto_backend_mine);
 *
 * The object need not be linked with libvcrypto: the program that opens it has the library's
 * public functions.  It may be linked with the shared library; the program's go first then.
 *
 * VCRYPTO_PLUGIN_ABI is raised when these headers change what a backend sees, or what it
 * means.  VCRYPTO_PLUGIN_LAYOUT follows from the sizes of what both sides look at.  A program
 * takes no object in which one of the two is not its own.
 */
#define VCRYPTO_PLUGIN_ABI 2
#define VCRYPTO_PLUGIN_LAYOUT \
	((uint32_t)(sizeof(struct vcrypto_backend) << 24 ^ sizeof(struct vcrypto_job) ^ \
		    sizeof(struct vcrypto_capabilities) << 18 ^ \
		    sizeof(struct vcrypto_key_job) << 2 ^ sizeof(struct vcrypto_key_spec) << 21 ^ \
		    sizeof(struct vcrypto_session_spec) << 12 ^ \
		    sizeof(struct vcrypto_cipher) << 8 ^ sizeof(struct vcrypto_mac) << 4))

/* What such an object shows. */
struct vcrypto_plugin {
	uint32_t abi;		/* VCRYPTO_PLUGIN_ABI; stays first in all versions */
	uint32_t layout;	/* VCRYPTO_PLUGIN_LAYOUT */
	/* Lives as long as the object is loaded. */
	const struct vcrypto_backend *backend;
};

/* The one symbol that is looked for in the object, also where others are hidden. */
extern __attribute__((visibility("default"))) const struct vcrypto_plugin vcrypto_plugin;

/* Defines it, once in an object, of the backend with that name; needs a ";" behind it. */
#define VCRYPTO_PLUGIN(its_backend) \
	const struct vcrypto_plugin vcrypto_plugin = { \
		VCRYPTO_PLUGIN_ABI, VCRYPTO_PLUGIN_LAYOUT, &(its_backend) \
	}

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_BACKEND_H */
