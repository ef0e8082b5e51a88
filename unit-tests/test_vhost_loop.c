// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How long a loop of the daemon waits: server.c, with nothing but stand-ins around it. */
#include <sys/epoll.h>

#include "../vhost-user-adapter/adapter.h"
#include "vhost-user/front.h"

static struct server server;
static struct connection guest;
static struct queue neighbour;	/* of another guest, who has work */
static int waits[8];		/* in milliseconds, as they were asked for */
static size_t rounds;

/* What server.c asks for; the first four are what the test is about. */
int epoll_pwait(int epoll, struct epoll_event *events, int most, int ms, const sigset_t *blocked)
{
	(void)epoll;
	(void)events;
	(void)most;
	(void)blocked;
	waits[rounds++] = ms;
	server.ends = rounds == sizeof(waits) / sizeof(waits[0]);
	return 0;
}

/* A guest that is not due while others have work. */
void turns_act(struct connection *connection, void (*act)(struct connection *))
{
	if (!server.first)
		act(connection);
}

/* All that the other one has. */
void turns_give(struct server *loop)
{
	loop->first = NULL;
}

static bool timer_runs;

/* It may have to write to what blocks. */
void connection_settle(struct connection *connection)
{
	assert_true(timer_runs);
	connection->postponed = false;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *times,
		  struct itimerspec *before)
{
	(void)timer;
	(void)flags;
	(void)before;
	timer_runs = times->it_value.tv_nsec;
	return 0;
}

struct connection *connection_new(struct server *loop, int socket, uint32_t number)
{
	(void)loop;
	(void)socket;
	(void)number;
	return NULL;
}

void connection_free(struct connection *connection)
{
	assert_ptr_equal(connection, &guest);
}

void connection_read(struct connection *connection)
{
	(void)connection;
}

void queue_look(struct queue *queue)
{
	(void)queue;
}

void queue_answer(struct queue *queue, struct vcrypto_virtio_job *job, uint16_t head)
{
	(void)queue;
	(void)job;
	(void)head;
}

struct vcrypto_virtio_job *worker_answer(struct worker *worker, struct answers *answers,
					 void **owner, uint16_t *head)
{
	(void)worker;
	(void)answers;
	(void)owner;
	(void)head;
	return NULL;
}

void worker_free(struct vcrypto_virtio_job *job)
{
	(void)job;
}

void state_event(struct connection *connection)
{
	(void)connection;
}

void states_look(struct server *loop)
{
	(void)loop;
}

void endings_give(struct server *loop)
{
	(void)loop;
}

void turns_forget(struct server *loop, const struct connection *connection)
{
	(void)loop;
	(void)connection;
}

void threads_left(struct server *loop)
{
	(void)loop;
}

void threads_on_wake(struct server *loop)
{
	(void)loop;
}

void threads_look(struct server *loop, bool idle)
{
	(void)loop;
	(void)idle;
}

void listener_accept(struct threads *threads)
{
	(void)threads;
}

void say(uint32_t number, const char *format, ...)
{
	(void)number;
	(void)format;
}

static int begin(void **state)
{
	(void)state;
	guest = (struct connection){ .server = &server };
	server = (struct server){ .connections = &guest };
	rounds = 0;
	timer_runs = false;
	return 0;
}

static void without_work_it_waits(void **state)
{
	(void)state;
	server_run(&server);
	assert_int_equal(waits[0], -1);
	assert_int_equal(waits[7], -1);
}

/* The other one's work ends in the round in which the message had to let it go first. */
static void a_message_that_waits_is_not_slept_over(void **state)
{
	(void)state;
	guest.postponed = true;
	server.first = &neighbour;
	server.settling = true;
	server_run(&server);
	assert_int_equal(waits[0], 0);
	assert_int_equal(waits[1], 0);
	assert_false(guest.postponed);
	/* And then there is nothing. */
	assert_int_not_equal(waits[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_work_it_waits, begin),
		cmocka_unit_test_setup(a_message_that_waits_is_not_slept_over, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
