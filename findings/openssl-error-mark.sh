#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
OpenSSL 3.0: a library that must not disturb its caller's error queue sets a mark, works, and pops to the
mark. The queue is a ring of few entries, which the manual does not say. Failures that the library has
expected and dealt with, such as fetching what a provider lacks, go round it and push out the caller's own
error together with the mark, and popping to the mark then empties the queue.
END

fetch bookworm libssl3=3.0.20-1~deb12u2 libssl-dev=3.0.20-1~deb12u2

compile error-mark -lcrypto <<'END'
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>

int main(void)
{
	int fetches, i, popped;

	for (fetches = 13; fetches <= 16; fetches++) {
		ERR_clear_error();
		ERR_raise(ERR_LIB_USER, 7);	/* the caller's, not yet read */
		if (!ERR_set_mark())
			return 1;
		for (i = 0; i < fetches; i++)
			if (EVP_CIPHER_fetch(NULL, "no such cipher", NULL))
				return 1;
		popped = ERR_pop_to_mark();
		printf("%d failed fetches: pop returns %d, the caller's error is %s\n", fetches,
		       popped, ERR_GET_REASON(ERR_peek_error()) == 7 ? "there" : "gone");
	}
	return 0;
}
END

expected "what was in the queue before ERR_set_mark() is there after ERR_pop_to_mark()"
seen=$(run error-mark) || die "the program failed"
happened "13 failed fetches: pop returns 1, the caller's error is there
14 failed fetches: pop returns 1, the caller's error is there
15 failed fetches: pop returns 0, the caller's error is gone
16 failed fetches: pop returns 0, the caller's error is gone" "$seen"
