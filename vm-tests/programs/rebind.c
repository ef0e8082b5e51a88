// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver takes the device and leaves it, again and again, while the host has it fail at
 * any moment, before probe() has ended too.  What goes wrong there the kernel's log says.
 *
 * usage: rebind [TIMES]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "lose.h"

static int times = 60;
static atomic_bool stop;
static atomic_uint failures;

static void *have_it_fail(void *unused)
{
	unsigned int random = 1;

	while (!atomic_load(&stop)) {
		lose("fail");
		atomic_fetch_add(&failures, 1);
		usleep((useconds_t)rand_r(&random) % 20000);
	}
	return unused;
}

static void works_in_the_end(void)
{
	static const uint8_t key[16] = { 1 };
	uint8_t block[16] = { 2 }, out[16], back[16];
	int fd = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_ECB, key, sizeof(key));

	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, block, sizeof(block), out, NULL));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, out, sizeof(out), back, NULL));
	CHECK_MEM(back, block, sizeof(block));
	close(fd);
}

/* 6.UNPLUG */
static void bound_while_it_fails(void)
{
	unsigned int bound = 0, random = 2;
	pthread_t host;

	REQUIRE(pthread_create(&host, NULL, have_it_fail, NULL) == 0);
	for (int i = 0; i < times; i++) {
		CHECK_EQ(dev_tell_driver("unbind"), 0);
		for (int tries = 0; tries < 100 && dev_tell_driver("bind"); tries++)
			usleep(1000);
		bound++;
		usleep((useconds_t)rand_r(&random) % 30000);
	}
	atomic_store(&stop, true);
	pthread_join(host, NULL);
	check_note("bound %u times, failed %u times", bound, atomic_load(&failures));
	CHECK(atomic_load(&failures) > (unsigned int)times / 4);
	/* Once more in peace. */
	CHECK_EQ(dev_tell_driver("unbind"), 0);
	CHECK_EQ(dev_tell_driver("bind"), 0);
	works_in_the_end();
}

static const struct check_case cases[] = {
	{ "a device that fails at any moment can be bound and unbound", bound_while_it_fails },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		times = atoi(argv[1]);
	return check_main(cases, ARRAY_SIZE(cases));
}
