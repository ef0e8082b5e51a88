// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The host of a simulated guest: pop, process, push; and what the guest sees. */
#include <stdlib.h>

#include "guest.h"

/* Segments of one chain: as many descriptors as there can be, and some borders. */
#define MAX_SEGMENTS (VCRYPTO_VRING_MAX + 64)

/* Chains on their way through the host. */
struct work {
	struct vcrypto_io io[GUEST_BATCH];
	uint16_t heads[GUEST_BATCH];
	struct iovec segments[GUEST_BATCH][MAX_SEGMENTS];
};

static size_t pop_batch(struct guest *guest, struct work *work)
{
	size_t count;

	for (count = 0; count < guest->batch; count++) {
		struct vcrypto_chain chain = { work->segments[count], MAX_SEGMENTS, 0, 0, 0 };

		guest->state = vcrypto_vring_pop(&guest->vring, &chain);
		if (guest->state != VCRYPTO_VRING_READY)
			break;
		work->heads[count] = chain.head;
		work->io[count] = (struct vcrypto_io){
			.readable = chain.segments,
			.writable = chain.segments + chain.readable,
			.readable_count = chain.readable,
			.writable_count = chain.writable,
		};
	}
	return count;
}

size_t host_serve(struct guest *guest)
{
	struct work *work = guest->work ? guest->work : malloc(sizeof(*work));
	size_t answered = 0;
	size_t count, i;

	if (!work)
		sim_die("out of memory");
	guest->work = work;
	vcrypto_vring_disable_notify(&guest->vring);
	do {
		while ((count = pop_batch(guest, work))) {
			answered += vcrypto_process(guest->engine, work->io, count);
			for (i = 0; i < count; i++) {
				if (!work->io[i].written)
					vcrypto_vring_break(&guest->vring);
				vcrypto_vring_push(&guest->vring, work->heads[i],
						   work->io[i].written);
			}
			guest->interrupts += vcrypto_vring_should_interrupt(&guest->vring);
		}
	} while (guest->state == VCRYPTO_VRING_EMPTY &&
		 vcrypto_vring_enable_notify(&guest->vring));
	return answered;
}

static bool all_are(const uint8_t *bytes, size_t len, uint8_t value)
{
	while (len && bytes[len - 1] == value)
		len--;
	return len == 0;
}

/* What must hold for every request, whatever it was. */
static const char *find_violation(const struct guest_call *call)
{
	size_t header = call->header.len;
	size_t written = call->used_len > header ? call->used_len - header : 0;

	if ((call->control.len && memcmp(call->control.host, call->sent, call->control.len)) ||
	    (call->source.len && memcmp(call->source.host, call->sent + call->control.len,
					call->source.len)))
		return "a readable byte was changed";
	if (written > call->result.len)
		return "more bytes used than the request has";
	if (call->status == VCRYPTO_AUTH_FAILED &&
	    !all_are(call->result.host, call->expect.dst_len, 0))
		return "unverified plaintext was left in the destination";	/* protocol 4.8 */
	/* After these two the destination is wiped; then it is beyond the used length. */
	if (call->status != VCRYPTO_ERROR && call->status != VCRYPTO_AUTH_FAILED &&
	    written < call->result.len &&
	    !all_are(call->result.host + written, call->result.len - written, SIM_FILL))
		return "a byte beyond the used length was changed";
	return NULL;
}

static void answer(struct guest_call *call, uint32_t used_len)
{
	call->head = -1;
	call->used_len = used_len;
	if (call->header.len == sizeof(call->response))
		memcpy(&call->response, call->header.host, sizeof(call->response));
	call->status = vcrypto_check_response(&call->response, used_len, &call->expect);
	call->dst = call->result.host;
	if (call->dst) {
		call->mac = call->dst + call->expect.dst_len;
		call->iv = call->mac + call->expect.mac_len;
	}
	call->violation = find_violation(call);
}

void guest_collect(struct guest *guest)
{
	struct sim_used used;

	do {
		while (sim_collect(&guest->ring, &used))
			answer(used.cookie, used.len);
		/* Interrupt us for the next one, and look once more. */
		sim_set_used_event(&guest->ring, guest->ring.next_used);
	} while (!guest->ring.error && sim_used_idx(&guest->ring) != guest->ring.next_used);
}

size_t host_run(struct guest *guest)
{
	size_t answered = host_serve(guest);

	guest_collect(guest);
	return answered;
}

int guest_wait(struct guest *guest, struct guest_call *call)
{
	int status;

	host_run(guest);
	status = call->status;
	if (call->violation)
		sim_die(call->violation);
	guest_forget(guest, call);
	return status;
}
