// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The host of a simulated guest: pop, process, push; and what the guest sees. */
#include <stdlib.h>

#include <vcrypto/serve.h>

#include "guest.h"

/* Segments of one chain: as many descriptors as there can be, and some borders. */
#define MAX_SEGMENTS (VCRYPTO_VRING_MAX + 64)

/* Chains on their way through the host. */
struct work {
	struct vcrypto_batch batch;
	struct iovec segments[VCRYPTO_BATCH][MAX_SEGMENTS];
};

static struct work *work_of(struct guest *guest)
{
	struct work *work = guest->work;

	if (!work) {
		work = guest->work = calloc(1, sizeof(*work));
		if (!work)
			sim_die("out of memory");
		work->batch.segments = work->segments[0];
		work->batch.capacity = MAX_SEGMENTS;
	}
	work->batch.chains = guest->batch;
	return work;
}

size_t host_serve_once(struct guest *guest)
{
	struct vcrypto_batch *batch = &work_of(guest)->batch;
	size_t count = vcrypto_serve(guest->engine, &guest->vring, batch);

	guest->state = batch->state;
	guest->answered += batch->answered;
	return count;
}

size_t host_serve(struct guest *guest)
{
	size_t before = guest->answered;

	vcrypto_vring_disable_notify(&guest->vring);
	do {
		while (host_serve_once(guest))
			guest->interrupts += vcrypto_vring_should_interrupt(&guest->vring);
	} while (guest->state == VCRYPTO_VRING_EMPTY &&
		 vcrypto_vring_enable_notify(&guest->vring));
	return guest->answered - before;
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
