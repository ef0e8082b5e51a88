// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for a request, and ceasing to. */
#include <linux/completion.h>
#include <linux/jiffies.h>

#include "queue.h"

/*
 * With the lock.  Who is killed has wiped what there was then of a message that is not
 * verified; what comes after is wiped with the last reference.
 */
static bool disown(struct vc_request *request)
{
	bool left = request->tell;

	request->tell = NULL;
	if (left && request->payload)
		request->payload->dst.wipe = request->unverified;
	return left;
}

void vc_queue_disown(struct vc_queue *queue, struct vc_request *request)
{
	spin_lock_irq(&queue->lock);
	disown(request);
	spin_unlock_irq(&queue->lock);
}

bool vc_queue_abandon(struct vc_queue *queue, struct vc_request *request)
{
	bool left, pending;

	spin_lock_irq(&queue->lock);
	left = disown(request);
	pending = left && !list_empty(&request->link);
	if (pending) {
		list_del_init(&request->link);
		if (request->payload)
			request->payload->dst.wipe = false;
	}
	spin_unlock_irq(&queue->lock);
	if (pending)
		vc_request_put(request);
	return left;
}

/* Returns 0 when the request is done. */
static int wait(struct vc_queue *queue, struct completion *done, unsigned long timeout,
		const bool *abort)
{
	unsigned long begin = jiffies;
	long left;

	for (;;) {
		left = wait_for_completion_killable_timeout(done, VC_POLL_INTERVAL);
		if (left > 0)
			return 0;
		if (left < 0 || (abort && READ_ONCE(*abort)))
			return -EINTR;
		if (timeout != MAX_SCHEDULE_TIMEOUT && jiffies - begin >= timeout)
			return -ETIMEDOUT;
		vc_queue_nudge(queue);
	}
}

static void wake_waiter(struct vc_request *request)
{
	complete(request->owner);
}

static int call(struct vc_queue *queue, struct vc_request *request, unsigned long timeout,
		const bool *abort)
{
	DECLARE_COMPLETION_ONSTACK(done);
	int ret;

	request->owner = &done;
	request->tell = wake_waiter;
	vc_queue_submit(queue, request);
	ret = wait(queue, &done, timeout, abort);
	return ret && vc_queue_abandon(queue, request) ? ret : request->result;
}

int vc_request_call_prepared(struct vc_queue *queue, struct vc_request *request,
			     const bool *abort)
{
	return call(queue, request, MAX_SCHEDULE_TIMEOUT, abort);
}

int vc_request_call_timeout(struct vc_queue *queue, struct vc_request *request,
			    bool built, unsigned long timeout)
{
	return built ? call(queue, request, timeout, NULL) : -EINVAL;
}

int vc_request_call(struct vc_queue *queue, struct vc_request *request, bool built)
{
	return vc_request_call_timeout(queue, request, built, MAX_SCHEDULE_TIMEOUT);
}
