#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
QEMU 7.2, emulation of a processor alone: a program asks that a page be wiped in its children
(MADV_WIPEONFORK), as random number generators do to notice a fork. The call succeeds, and a child
reads what its parent wrote. A kernel that cannot do it says EINVAL, and the program can do otherwise;
here it believes that nobody has forked.
END

fetch bookworm qemu-user-static=1:7.2+dfsg-7+deb12u18+b3

compile wiped -static <<'END'
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int result = madvise(page, 4096, MADV_WIPEONFORK);
	int status;
	pid_t child;

	*page = 7;
	child = fork();
	if (!child)
		_exit(*page);
	waitpid(child, &status, 0);
	printf("the call returns %d, a child reads %d\n", result, WEXITSTATUS(status));
	return 0;
}
END

# Both programs need no library.
expected "what a kernel does: the call returns 0, a child reads 0; or the call fails"
seen="kernel: $("$tmp/wiped")
qemu-x86_64: $("$root/usr/bin/qemu-x86_64-static" "$tmp/wiped")" || die "the program failed"
happened 'kernel: the call returns 0, a child reads 0
qemu-x86_64: the call returns 0, a child reads 7' "$seen"
