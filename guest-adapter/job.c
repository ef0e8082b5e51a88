// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: requests of the crypto API on their way to the device and back.
 *
 * A job whose key the device has is sent at once, wherever its owner is, unless others are to be
 * begun; any other is left to the channel's work.  That is also where all end.
 */
#include <linux/sched.h>

#include "client.h"

/* A piece of it, not longer than what may be mapped at once. */
static u32 piece(const struct vc_job *job, const struct scatterlist *from, u32 skip, u32 len)
{
	return min3(from->length - skip, len, job->key->channel->client->device->max_segment);
}

/* How many pieces; -1: there are too many. */
static int cut(const struct vc_job *job, struct scatterlist *to, struct scatterlist *from,
	       u32 skip, u32 len)
{
	unsigned int count = 0;
	u32 here;

	sg_init_table(to, VC_JOB_PIECES);
	while (len) {
		while (from && skip >= from->length) {
			skip -= from->length;
			from = sg_next(from);
		}
		if (!from || count == VC_JOB_PIECES)
			return -1;
		here = piece(job, from, skip, len);
		sg_set_page(&to[count++], sg_page(from), here, from->offset + skip);
		skip += here;
		len -= here;
	}
	if (count)
		sg_mark_end(&to[count - 1]);
	return count;
}

static bool attach(const struct vc_job *job, struct vc_pages *pages, struct scatterlist *to,
		   struct scatterlist *from, u32 skip, u32 len)
{
	int count = cut(job, to, from, skip, len);

	*pages = (struct vc_pages) {
		.count = max(count, 0),
		.table.sgl = to,
	};
	return count >= 0;
}

/* Even without memory for a table of its own a request has to fit into the ring. */
static bool fits_ring(const struct vc_job *job)
{
	u32 size = min(READ_ONCE(job->key->channel->queue->size), 1024u);

	return 4 + job->payload.src.count + job->payload.dst.count <= size;
}

bool vc_job_attach_src(struct vc_job *job, struct scatterlist *from, u32 len)
{
	return len <= READ_ONCE(job->key->channel->queue->max_payload) &&
	       attach(job, &job->payload.src, job->src, from, 0, len);
}

bool vc_job_attach_dst(struct vc_job *job, struct scatterlist *from, u32 skip, u32 len)
{
	return attach(job, &job->payload.dst, job->dst, from, skip, len) && fits_ring(job);
}

/* Behind the others: the work takes them in this order. */
static void leave_to_work(struct vc_job *job)
{
	struct vc_channel *channel = job->key->channel;
	unsigned long flags;

	spin_lock_irqsave(&channel->lock, flags);
	list_add_tail(&job->link, &channel->todo);
	WRITE_ONCE(channel->to_begin, channel->to_begin + !job->back);
	spin_unlock_irqrestore(&channel->lock, flags);
	vc_channel_kick(channel);
}

/* For tell, with the queue's lock. */
static void returned(struct vc_request *request)
{
	struct vc_job *job = request->owner;

	job->back = true;
	leave_to_work(job);
}

/* Its memory is the crypto API's. */
static void prepare(struct vc_job *job)
{
	struct vc_request *request = &job->request;

	memset(request, 0, sizeof(*request));
	memset(job->room, 0, sizeof(job->room));
	vc_request_init(request, job->room, VCRYPTO_MAX_AUTHCRYPT_CONTROL, VC_JOB_ANSWER,
			NULL);
	request->payload = &job->payload;
	request->owner = job;
	request->tell = returned;
	job->back = false;
	job->made = READ_ONCE(job->key->made);
}

/* There is room, so it is built.  Our reference is the work's. */
static void send(struct vc_job *job)
{
	bool built;

	prepare(job);
	built = job->type->build(job);
	WARN_ON_ONCE(!built);
	vc_queue_submit(job->key->channel->queue, &job->request);
}

static void launch(struct vc_job *job)
{
	if (vc_key_ready(job->key) && !READ_ONCE(job->key->channel->to_begin))
		send(job);
	else
		leave_to_work(job);
}

int vc_job_start(struct vc_job *job, bool backlog)
{
	struct vc_channel *channel = job->key->channel;
	bool first = false, launched = false;
	int ret = -EINPROGRESS;
	unsigned long flags;

	job->back = false;
	job->told = backlog;
	job->tries = 0;
	spin_lock_irqsave(&channel->lock, flags);
	if (channel->jobs < VC_JOBS_MAX) {
		first = !channel->jobs;
		WRITE_ONCE(channel->jobs, channel->jobs + 1);
		launched = true;
	} else if (backlog) {
		list_add_tail(&job->link, &channel->backlog);
		ret = -EBUSY;
	} else if (channel->waiting < VC_JOBS_WAITING) {
		list_add_tail(&job->link, &channel->backlog);
		channel->waiting++;
	} else {
		ret = -ENOSPC;
	}
	spin_unlock_irqrestore(&channel->lock, flags);
	if (first)
		vc_channel_remind(channel);
	if (launched)
		launch(job);
	return ret;
}

/* It gives its place to the first of the backlog, or NULL. */
static struct vc_job *leave(struct vc_channel *channel)
{
	struct vc_job *next;

	spin_lock_irq(&channel->lock);
	WRITE_ONCE(channel->done, channel->done + 1);
	next = list_first_entry_or_null(&channel->backlog, struct vc_job, link);
	if (next) {
		list_del(&next->link);
		channel->waiting -= !next->told;
	} else {
		WRITE_ONCE(channel->jobs, channel->jobs - 1);
	}
	spin_unlock_irq(&channel->lock);
	return next;
}

/* Job and key may be gone afterwards.  No program is to hear of errors of ours. */
static void end(struct vc_channel *channel, struct vc_job *job, int ret)
{
	struct vc_job *next = leave(channel);

	if (ret == -VC_EUNKNOWN || ret == -VC_EGONE || ret == -EEXIST)
		ret = -EIO;
	local_bh_disable();
	job->type->end(job, ret);
	if (next && next->told)
		next->type->begun(next);
	local_bh_enable();
	if (next)
		launch(next);
}

static void begin(struct vc_channel *channel, struct vc_job *job)
{
	int ret = vc_key_make(job->key);

	if (ret)
		end(channel, job, ret);
	else
		send(job);
}

static void begin_next(struct vc_channel *channel, struct vc_job *job)
{
	begin(channel, job);
	spin_lock_irq(&channel->lock);
	WRITE_ONCE(channel->to_begin, channel->to_begin - 1);
	spin_unlock_irq(&channel->lock);
}

static bool overlap(const struct scatterlist *one, const struct scatterlist *two)
{
	phys_addr_t at = page_to_phys(sg_page((struct scatterlist *)one)) + one->offset;
	phys_addr_t other = page_to_phys(sg_page((struct scatterlist *)two)) + two->offset;

	return at < other + two->length && other < at + one->length;
}

/* If the device may have written over what it was to read, it may not be done again. */
static bool repeatable(const struct vc_job *job)
{
	unsigned int i, j;

	for (i = 0; i < job->payload.src.count; i++)
		for (j = 0; j < job->payload.dst.count; j++)
			if (overlap(&job->src[i], &job->dst[j]))
				return false;
	return true;
}

static bool is_to_be_repeated(struct vc_job *job, int ret)
{
	if (ret == -VC_EUNKNOWN)
		vc_key_lost(job->key, job->made);
	else if (ret != -VC_EGONE || !repeatable(job))
		return false;
	return job->tries++ < VC_MAX_TRIES;
}

static void finish(struct vc_channel *channel, struct vc_job *job)
{
	int ret = job->request.result;

	if (is_to_be_repeated(job, ret))
		begin(channel, job);
	else
		end(channel, job, ret);
}

static struct vc_job *next_to_do(struct vc_channel *channel)
{
	struct vc_job *job;

	spin_lock_irq(&channel->lock);
	job = list_first_entry_or_null(&channel->todo, struct vc_job, link);
	if (job)
		list_del(&job->link);
	spin_unlock_irq(&channel->lock);
	return job;
}

void vc_job_work(struct work_struct *work)
{
	struct vc_channel *channel = container_of(work, struct vc_channel, work);
	struct vc_job *job;

	while ((job = next_to_do(channel))) {
		if (job->back)
			finish(channel, job);
		else
			begin_next(channel, job);
		cond_resched();
	}
	vc_channel_put(channel);
}
