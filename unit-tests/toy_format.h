/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A request format as small as can be, over the same core as our own: AES-128-CTR with
 * one key.  It shows what a format has to do, and that the core knows none.
 *
 *	R  'K'  key, 16 bytes                 make the session, or make it anew
 *	R  'E'  IV, 16 bytes | text           encrypt, or decrypt, which is the same
 *	W  '+' or '-' | text
 */
#ifndef TOY_FORMAT_H
#define TOY_FORMAT_H

#include <vcrypto/store.h>

/* Do one request; returns how many bytes of @writable were written, 0: there is no room. */
uint32_t toy_serve(struct vcrypto_store *store, struct vcrypto_lane *lane,
		   struct vcrypto_cursor readable, struct vcrypto_cursor writable);

#endif /* TOY_FORMAT_H */
