#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
Linux 6.12.95, a guest of QEMU: a program asks for authenc() by AF_ALG. What stands in its parentheses may be the names
of algorithms, then the kernel chooses drivers, or names of drivers. Both are had. A driver for one and an algorithm for
the other is not: each time the kernel makes what was asked for, tests it, and does not find it by the name that was
asked for, as its own is of drivers alone. It says "File exists". Kernel 6.1 says that there is none, and each such
question leaves one more in /proc/crypto.
END

fetch_whole trixie 'qemu-system-x86=1:10.0.13+ds-0+deb13u1'
fetch bookworm-backports linux-image-6.12.95+deb12-amd64-unsigned=6.12.95-1~bpo12+1
command -v xz >/dev/null || die "xz is missing: install the package xz-utils"

guest=$tmp/guest
mkdir -p -- "$guest/dev" "$guest/proc"
number=0
for name in authenc af_alg algif_aead; do
	file=$(find "$root" -name "$name.ko*" -print -quit)
	[ -n "$file" ] || die "the kernel's package has no $name"
	number=$((number + 1))
	case $file in
	*.xz) xz -dc -- "$file" >"$guest/$number.ko" ;;
	*) cp -- "$file" "$guest/$number.ko" ;;
	esac
done
cat >"$tmp/init.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/if_alg.h>

static void load(int number)
{
	char name[32];
	int file;

	snprintf(name, sizeof(name), "/%d.ko", number);
	file = open(name, O_RDONLY);
	if (file < 0 || syscall(__NR_finit_module, file, "", 0))
		printf("guest: %s: %s\n", name, strerror(errno));
}

static void ask(const char *name)
{
	struct sockaddr_alg address = { .salg_family = AF_ALG, .salg_type = "aead" };
	int file = socket(AF_ALG, SOCK_SEQPACKET, 0);

	snprintf((char *)address.salg_name, sizeof(address.salg_name), "%s", name);
	printf("guest: %s: %s\n", name,
	       bind(file, (struct sockaddr *)&address, sizeof(address)) ? strerror(errno) : "is had");
}

int main(void)
{
	int console;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	console = open("/dev/ttyS0", O_WRONLY);
	dup2(console, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int number = 1; number <= 3; number++)
		load(number);
	ask("authenc(hmac(sha256),cbc(aes-generic))");
	ask("authenc(hmac(sha256-generic),cbc(aes-generic))");
	ask("authenc(hmac(sha256),cbc(aes))");
	ask("authenc(hmac(sha256-generic),cbc(aes))");
	reboot(RB_POWER_OFF);
	return 0;
}
END
"${CC:-cc}" -std=gnu11 -O1 -Wall -Wextra -Werror -static "$tmp/init.c" -o "$guest/init" || die "init.c does not compile"
boot 180 ''

expected 'guest: authenc(hmac(sha256),cbc(aes-generic)): is had'
happened 'guest: authenc(hmac(sha256),cbc(aes-generic)): File exists
guest: authenc(hmac(sha256-generic),cbc(aes-generic)): is had
guest: authenc(hmac(sha256),cbc(aes)): is had
guest: authenc(hmac(sha256-generic),cbc(aes)): File exists' "$(what_guest_said)"
