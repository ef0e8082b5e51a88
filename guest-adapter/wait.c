// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for a request. */
#include <linux/completion.h>
#include <linux/jiffies.h>

#include "queue.h"

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
