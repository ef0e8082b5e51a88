// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the device's is registered with the kernel's crypto API, if the module is told to:
 * ciphers, AEADs, hashes and MACs.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "client.h"

static bool kernel_api;
module_param(kernel_api, bool, 0444);
MODULE_PARM_DESC(kernel_api, "register ciphers, AEADs and hashes with the kernel's crypto API");

/*
 * More than plain C has there (100), less than what uses the processor's instructions: 200 up,
 * and 110 for the kernel's own library, which 7.3 has registered.
 */
static int kernel_priority = 105;
module_param(kernel_priority, int, 0444);
MODULE_PARM_DESC(kernel_priority, "their priority there (105)");

/* When it is looked again: whether tests have ended; whether modules can be loaded. */
#define RETRY_INTERVAL HZ

/* As many as there are wanted ones. */
static struct vc_algorithm algorithms[VCRYPTO_MAX_ALGORITHMS];
static unsigned int algorithm_count;

static bool is_aead(const struct vc_algorithm *algorithm)
{
	return algorithm->cipher && algorithm->cipher->kind == VCRYPTO_KIND_AEAD;
}

/*
 * The crypto API wants weak keys of DES to be refused, which takes its library for it; other
 * ciphers that are not here have no key, or a key stream whose place nobody knows.
 */
static bool is_wanted(const struct vcrypto_cipher *cipher)
{
	return cipher && cipher->kind != VCRYPTO_KIND_RECORD && cipher->key_max &&
	       cipher->chaining != VCRYPTO_CHAIN_STATE && cipher->id != VCRYPTO_CIPHER_DES_CBC;
}

/*
 * Hashes and HMACs.  The crypto API has no GMAC with an IV, and from 6.16 on no CMAC in software
 * such as it wants beside ours.
 */
static bool is_wanted_mac(const struct vcrypto_mac *mac)
{
	return mac && mac->hash;
}

static const char *name_of(const struct vc_algorithm *algorithm)
{
	return algorithm->cipher ? algorithm->cipher->name : algorithm->mac->name;
}

static void name(struct crypto_alg *alg, const struct vc_algorithm *algorithm)
{
	strscpy(alg->cra_name, name_of(algorithm), sizeof(alg->cra_name));
	snprintf(alg->cra_driver_name, sizeof(alg->cra_driver_name), KBUILD_MODNAME "-%s",
		 algorithm->cipher ? algorithm->cipher->mode : algorithm->mac->mode);
	alg->cra_priority = kernel_priority;
	alg->cra_flags = CRYPTO_ALG_ASYNC | CRYPTO_ALG_NEED_FALLBACK |
			 CRYPTO_ALG_KERN_DRIVER_ONLY;
	alg->cra_module = THIS_MODULE;
}

/* Without software for it no transform can be made. */
static bool has_software(const struct vc_algorithm *algorithm)
{
	if (algorithm->mac)
		return crypto_has_ahash(name_of(algorithm), 0, VC_HASH_SOFTWARE_MASK);
	if (is_aead(algorithm))
		return crypto_has_alg(name_of(algorithm), CRYPTO_ALG_TYPE_AEAD,
				      CRYPTO_ALG_TYPE_MASK | VC_SOFTWARE_MASK);
	return crypto_has_skcipher(name_of(algorithm), 0, VC_SOFTWARE_MASK);
}

static struct crypto_alg *base_of(struct vc_algorithm *algorithm)
{
	if (algorithm->mac)
		return &algorithm->ahash.halg.base;
	return is_aead(algorithm) ? &algorithm->aead.base : &algorithm->skcipher.base;
}

static int register_hash(struct vc_algorithm *algorithm)
{
	int ret = vc_ahash_fill(algorithm);

	if (ret)
		return ret;
	name(base_of(algorithm), algorithm);
	return crypto_register_ahash(&algorithm->ahash);
}

static int register_cipher(struct vc_algorithm *algorithm)
{
	bool aead = is_aead(algorithm);

	if (aead)
		vc_aead_fill(algorithm);
	else
		vc_skcipher_fill(algorithm);
	name(base_of(algorithm), algorithm);
	return aead ? crypto_register_aead(&algorithm->aead) :
		      crypto_register_skcipher(&algorithm->skcipher);
}

#define OUR_GCM KBUILD_MODNAME "-gcm-aes"
#define OUR_RFC4106 "rfc4106(" OUR_GCM ")"

/* Whether who asks for the algorithm gets that driver. */
static bool comes_first(const char *driver, const char *algorithm)
{
	struct crypto_aead *best = crypto_alloc_aead(algorithm, 0, 0);
	bool first;

	if (IS_ERR(best))
		return false;
	first = !strcmp(crypto_tfm_alg_driver_name(crypto_aead_tfm(best)), driver);
	crypto_free_aead(best);
	return first;
}

static bool put_together(const char *driver)
{
	return crypto_has_alg(driver, CRYPTO_ALG_TYPE_AEAD, CRYPTO_ALG_TYPE_MASK);
}

/*
 * IPsec's AES-GCM is put together by the kernel from an AES-GCM, but others have it in one
 * piece, and what there is by a name is taken before any is put together.  So where ours comes
 * first, have the kernel do it with ours at once, from the inside out.  If the kernel cannot, it
 * has no such IPsec.
 */
static void see_put_together(const struct vcrypto_cipher *cipher)
{
	if (cipher && cipher->id == VCRYPTO_CIPHER_AES_GCM &&
	    comes_first(OUR_GCM, "gcm(aes)") && put_together(OUR_RFC4106) &&
	    comes_first(OUR_RFC4106, "rfc4106(gcm(aes))"))
		put_together("seqiv(" OUR_RFC4106 ")");
}

static void unregister(struct vc_algorithm *algorithm)
{
	if (!algorithm->registered)
		return;
	if (algorithm->mac)
		crypto_unregister_ahash(&algorithm->ahash);
	else if (is_aead(algorithm))
		crypto_unregister_aead(&algorithm->aead);
	else
		crypto_unregister_skcipher(&algorithm->skcipher);
	algorithm->registered = false;
}

static bool has_passed(struct vc_algorithm *algorithm)
{
	return READ_ONCE(base_of(algorithm)->cra_flags) & CRYPTO_ALG_TESTED;
}

/* Its tests have ended, as only its registration has a reference; has_passed() is final. */
static bool is_tested(struct vc_algorithm *algorithm)
{
	bool tested = refcount_read(&base_of(algorithm)->cra_refcnt) == 1;

	smp_rmb(); /* Who tests says what comes of it before he gives back his. */
	return tested;
}

/* Waits for the tests that the kernel makes of it, which use the device. */
static void try_to_register(struct vc_algorithm *algorithm)
{
	int ret;

	if (!vc_clients_offer(algorithm->cipher, algorithm->mac) || !has_software(algorithm))
		return;
	ret = algorithm->mac ? register_hash(algorithm) : register_cipher(algorithm);
	algorithm->registered = !ret;
	if (ret)
		pr_err("cannot register %s: %d\n", name_of(algorithm), ret);
	else if (crypto_has_alg(base_of(algorithm)->cra_driver_name, 0, 0))
		see_put_together(algorithm->cipher);
}

/*
 * What has passed stays until the module goes, with a device or without: who looks for it may
 * get a reference at any time, and only the module's own count keeps all of them off.
 *
 * Tests fail if the device is reset meanwhile, and the kernel does not repeat them: so it is
 * registered anew when the device has come up.  To unregister what has not passed is safe once
 * the tests have ended, as nobody gets it.  False: they have not.
 */
static bool see_registered(struct vc_algorithm *algorithm)
{
	if (algorithm->registered && (!is_tested(algorithm) || has_passed(algorithm)))
		return has_passed(algorithm);
	unregister(algorithm);
	try_to_register(algorithm);
	return !algorithm->registered || has_passed(algorithm) || is_tested(algorithm);
}

static void update(struct work_struct *work);
static DECLARE_DELAYED_WORK(update_work, update);

/*
 * Not on a workqueue that sleep waits for: with a device that does not answer the tests of an
 * algorithm go on when that has been reset, if need be by sleep.
 */
static void schedule_update(unsigned long delay)
{
	queue_delayed_work(system_long_wq, &update_work, delay);
}

/* A work item, as a device that does not answer must not keep probe(). */
static void update(struct work_struct *work)
{
	bool done = true;
	unsigned int i;

	for (i = 0; i < algorithm_count; i++)
		done &= see_registered(&algorithms[i]);
	if (!done)
		schedule_update(RETRY_INTERVAL);
}

void vc_kernel_add(struct vc_device *device)
{
	int ret = kernel_api ? vc_client_add(device) : 0;

	if (ret)
		dev_err(&device->vdev->dev, "not for the kernel's crypto API: %d\n", ret);
	else if (kernel_api)
		schedule_update(0);
}

/* Not at once, because after sleep modules can be loaded a little later. */
void vc_kernel_again(void)
{
	if (kernel_api)
		schedule_update(RETRY_INTERVAL);
}

static void want(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac)
{
	struct vc_algorithm *algorithm = &algorithms[algorithm_count];

	if (WARN_ON_ONCE(algorithm_count == ARRAY_SIZE(algorithms)))
		return;
	algorithm->cipher = cipher;
	algorithm->mac = mac;
	algorithm_count++;
}

int vc_kernel_init(void)
{
	unsigned int i;

	if (!kernel_api)
		return 0;
	for (i = 0; i < VCRYPTO_MAX_ALGORITHMS; i++)
		if (is_wanted(vcrypto_cipher_find(i)))
			want(vcrypto_cipher_find(i), NULL);
	for (i = 0; i < VCRYPTO_MAX_ALGORITHMS; i++)
		if (is_wanted_mac(vcrypto_mac_find(i)))
			want(NULL, vcrypto_mac_find(i));
	return vc_clients_init(vc_job_work);
}

/*
 * There is no device any more.  Who has a transform has the module, too, and of a module that
 * goes nobody gets a reference.
 */
void vc_kernel_exit(void)
{
	unsigned int i;

	if (!kernel_api)
		return;
	cancel_delayed_work_sync(&update_work);
	for (i = 0; i < algorithm_count; i++)
		unregister(&algorithms[i]);
	vc_clients_exit();
}
