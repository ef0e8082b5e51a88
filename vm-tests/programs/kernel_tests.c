// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device does not answer while the kernel tests what the module registers with its crypto API,
 * and is reset then, or the machine sleeps: in the end all is registered and has passed.
 *
 * A test that is spoiled makes the kernel warn, so its log is not looked at.
 *
 * usage: kernel_tests ROUNDS WAY...	the ways of lose.h; the module is loaded
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "afalg.h"
#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

#define LOSSES 10 /* in a round */

/* In the order of registration. */
static const char *const drivers[] = {
	"vcrypto-ecb-aes",
	"vcrypto-cbc-aes",
	"vcrypto-ctr-aes",
	"vcrypto-xts-aes",
	"vcrypto-gcm-aes",
	"vcrypto-ccm-aes",
	"vcrypto-chacha20-poly1305",
	"vcrypto-sha256",
	"vcrypto-hmac-sha256",
	AFALG_LAST,
};

/* What the kernel puts together of ours has it for a moment longer. */
static void load_anew(void)
{
	int module = open("/lib/modules/vcrypto.ko", O_RDONLY | O_CLOEXEC);
	long unloaded;

	REQUIRE(module >= 0);
	for (int i = 0; i < 1000; i++) {
		unloaded = syscall(SYS_delete_module, "vcrypto", O_NONBLOCK);
		if (!unloaded)
			break;
		usleep(10000);
	}
	REQUIRE(!unloaded);
	REQUIRE(syscall(SYS_finit_module, module, "kernel_api=1 kernel_priority=1", 0) == 0);
	close(module);
}

static bool begins_within(int milliseconds)
{
	long long end = dev_milliseconds() + milliseconds;

	while (!hang_in_flight()) {
		if (dev_milliseconds() > end)
			return false;
		usleep(1000);
	}
	return true;
}

/*
 * Has the device answer no more when it has got a request.  The first is most likely about a key,
 * as the tests are slow between two; so it is let through, and some behind it.
 */
static bool hang_in_request(int skip)
{
	hang_begin();
	while (begins_within(100)) {
		if (!skip--)
			return true;
		hang_end();
		hang_begin();
	}
	hang_end();
	return false;
}

/*
 * How often a test was under way when the device was lost.  Most requests are repeated; not those
 * that were to overwrite their own source, as some of the tests' do.
 */
static int lose_in_tests(const char *way)
{
	int hit = 0;

	load_anew();
	for (int i = 0; i < 10000 && !afalg_field_of(drivers[0], "selftest"); i++)
		usleep(1000);
	while (hit < LOSSES && hang_in_request(hit % 4)) {
		lose(way);
		hit++;
		/* Until it is started again, and in another test each time. */
		usleep(150000 + (useconds_t)hit * 7000);
	}
	return hit;
}

static bool all_pass(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!CHECK(afalg_wait(drivers[i]))) {
			check_note("%s", drivers[i]);
			return false;
		}
	return true;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	REQUIRE(rounds > 0);
	REQUIRE(all_pass());
	for (int i = 2; i < argc; i++) {
		int hit = 0;

		if (!lose_can(argv[i]))
			continue;
		check_begin("what is tested when the device is lost passes in the end: %s", argv[i]);
		for (int n = 0; n < rounds; n++) {
			hit += lose_in_tests(argv[i]);
			if (!all_pass())
				break;
		}
		check_note("%d losses in tests", hit);
		CHECK(hit > 0);
		check_end();
	}
	return check_plan();
}
