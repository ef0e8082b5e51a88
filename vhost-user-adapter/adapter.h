/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * vcryptod: crypto devices for VMMs that speak vhost-user.  One process with one or more
 * loops, each a thread with a lane; a connection is a guest's device, with sessions and rings of
 * its own, and belongs to one loop.  Asymmetric keys have a thread beside them.
 *
 *	options.c   the command line           server.c      a loop: what is waited for
 *	main.c      start and end              turns.c       whose turn it is in a loop
 *	threads.c   all loops                  connection.c  a front end: its messages, its end
 *	log.c       lines                      handlers.c    what each message does
 *	listen.c    the socket, who comes      rings.c       those about rings
 *	sandbox.c, filter.c  what is given up  queue.c       a ring
 *	memory.c    the guest's memory         dirty_log.c   which of it has been written
 *	inflight.c  what has been begun        socket.c, message.c, session.c  bytes of messages
 *	worker.c    what lasts long            counters.c    what has been done
 *	crypto.c    the standard's device      cryptodev.c   our own
 *	state.c     sessions that move to another daemon
 *	file.c      what a file is that has been sent
 *	remains.c   files and memory that are given back
 *	ending.c    sessions that end, some at a time
 *	notify.c    that systemd is told when it can serve
 */
#ifndef VCRYPTOD_ADAPTER_H
#define VCRYPTOD_ADAPTER_H

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <vcrypto/serve.h>

#include "counters.h"
#include "dirty_log.h"
#include "file.h"
#include "inflight.h"
#include "memory.h"
#include "remains.h"
#include "socket.h"
#include "state.h"
#include "worker.h"

/* log.c -------------------------------------------------------------------------------- */

/*
 * A line to standard error, of connection @number or, 0, of the daemon.  At most a few each
 * second, because guests and front ends cause them.  Never a key, payload or address.
 */
void say(uint32_t number, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For what the operator has asked for: however many there are. */
void say_always(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* options.c ---------------------------------------------------------------------------- */

struct device_kind;

enum sandbox {
	SANDBOX_FULL,
	SANDBOX_SECCOMP,	/* no namespaces */
	SANDBOX_NONE,
};

struct settings {
	const char *path;	/* to listen at; or NULL and */
	int fd;			/* a socket that is there */
	const struct vcrypto_backend *backend;
	const struct device_kind *kind;
	uint32_t queues;	/* data queues of a whole device */
	uint32_t sessions;	/* of each connection, at most; of our own device of each queue */
	uint32_t connections;
	uint32_t slots;		/* regions of each connection, at most */
	uint32_t files;		/* the same of open files */
	uint32_t threads;	/* loops, at most */
	bool akcipher;
	bool migrate_keys;	/* sessions may be saved, with their keys */
	enum sandbox sandbox;
	enum session_layout layout;	/* SESSION_NONE: as messages say */
};

/* May print and exit: 0 after --help and the like, 2 after a sentence about a mistake. */
struct settings options_parse(int argc, char **argv);

/* listen.c ----------------------------------------------------------------------------- */

struct endpoint {
	int fd;
	bool listening;		/* else it is one connection, and the last */
};

/* The socket that @settings name; does not return if there is none. */
struct endpoint endpoint_open(const struct settings *settings);

/* Forget it: the path, if it is ours, goes. */
void endpoint_close(const struct settings *settings, const struct endpoint *endpoint);

/* notify.c ------------------------------------------------------------------------------ */

/* If systemd has started it and waits for that: signals are caught, and all is there to serve. */
void notify_ready(void);

/* sandbox.c, filter.c ------------------------------------------------------------------- */

/*
 * Give up what serving does not need, but for system calls.  Returns in the process that serves; with namespaces
 * that is another one, and the caller's waits for it and exits as it does.  Exits with a
 * sentence if what is asked for is not to be had.
 */
void sandbox_enter(const struct settings *settings, const struct endpoint *endpoint);

/* The last step, when all threads are there: system calls. */
void filter_enter(const struct settings *settings, bool listening);

/* queue.c ------------------------------------------------------------------------------ */

struct connection;
struct server;

/* What epoll tells of. */
struct watch {
	enum watched { WATCH_LISTENER, WATCH_SOCKET, WATCH_KICK, WATCH_WAKE,
		       WATCH_STATE } what;
	void *owner;		/* threads, connection, queue or server */
};

struct queue {
	struct vcrypto_vring vring;
	struct watch watch;
	struct connection *connection;
	struct queue *next;	/* among those that have work */
	struct message_address address;
	uint32_t index;
	uint32_t size;		/* 0: not told yet */
	struct inflight_queue inflight;
	uint16_t base;
	uint16_t returned;	/* what GET_VRING_BASE gave */
	bool has_returned;
	bool has_address;
	bool enabled;
	bool running;		/* has begun, and not been stopped */
	bool broken;		/* does not begin until it is stopped or reset, or has another size */
	bool busy;		/* in the list */
	int kick;		/* or -1, as the other two */
	int call;
	int err;
};

void queue_init(struct queue *queue, struct connection *connection, uint32_t index);
void queue_fini(struct queue *queue);

/* Start it if all is there that it needs.  What is wrong; NULL: it runs, or waits for more. */
const char *queue_start(struct queue *queue);

/* The features, or the mode, have changed: so what it acts on has, if it runs. */
void queue_negotiate(struct queue *queue);

/* Stop it; remembers where it was. */
void queue_stop(struct queue *queue);

/* Have it looked at, if it runs. */
void queue_look(struct queue *queue);

/* Serve some of what is there.  Whether there may be more. */
bool queue_turn(struct queue *queue, struct vcrypto_batch *batch);

/* One of its requests, that was to be done later, has been. */
void queue_answer(struct queue *queue, struct vcrypto_virtio_job *job, uint16_t head);

/*
 * Other files to notify with; -1: none.  False: epoll does not take @kick, and the last one stays.
 */
bool queue_set_kick(struct queue *queue, int kick);
void queue_set_call(struct queue *queue, int call);
void queue_set_err(struct queue *queue, int err);

/* Whether it is the queue that sessions are made on. */
bool queue_is_control(const struct queue *queue);

/* crypto.c, cryptodev.c ---------------------------------------------------------------- */

/* Bytes that follow the head of a request, at most; of our own device, source and AAD. */
#define MAX_SIZE (1u << 20)
#define MAX_AAD VCRYPTO_DEFAULT_AAD

/* What a guest has.  @device is what @make has returned. */
struct device_kind {
	const char *name;
	size_t config_len;	/* bytes of config space, at most CONFIG_MAX */
	bool has_control;	/* a queue for control, behind those for data */
	/* Chains longer than a ring, and refused at their end where there is no room for all. */
	bool long_chains;
	/* NULL: no memory. */
	void *(*make)(struct connection *connection);
	void (*end)(void *device);
	/* Feature bits, beside those of any device. */
	uint64_t (*features)(const void *device);
	void (*negotiate)(void *device, uint64_t negotiated);
	/* Write all of config space to @to. */
	void (*config)(const void *device, uint32_t queues, void *to);
	/* All sessions end, and no feature is negotiated. */
	void (*reset)(void *device);
	/* How many sessions there are; and @most of them end, at most: how many that were. */
	uint32_t (*sessions)(const void *device);
	uint32_t (*end_some)(void *device, uint32_t most);
	/*
	 * The same of those of which connection_sweep() has told; how many are left.  NULL: there
	 * are none.
	 */
	uint32_t (*sweep)(void *device, uint32_t most);
	/* Its context is the queue. */
	vcrypto_execute_fn execute;
	/* The same, of requests that may have been done before, by another daemon. */
	vcrypto_execute_fn execute_again;
	/* Sessions that come as messages; NULL: there is no such mode.  An id, or -status. */
	int64_t (*create)(void *device, const struct session_ask *ask);
	void (*destroy)(void *device, uint64_t id);
	/* As vcrypto_virtio_save_start() and those after it; NULL: sessions stay where they are. */
	void (*save_start)(void *device);
	size_t (*save)(void *device, uint8_t *to, size_t room);
	enum vcrypto_virtio_load (*load)(void *device, const uint8_t *bytes, size_t len,
					 size_t *taken);
};

#define CONFIG_MAX 64

extern const struct device_kind device_crypto;
extern const struct device_kind device_cryptodev;

/* connection.c ------------------------------------------------------------------------- */

/* Data queues of one device, and the control queue. */
#define QUEUES_MAX (VCRYPTO_MAX_QUEUES + 1)

/* Open files of a connection: its socket, a log's and a state's, rings' and a message's. */
#define FILES_MAX (3 + 3 * QUEUES_MAX + MESSAGE_MAX_FDS + MESSAGE_FILES_SENT)

/* And those that may wait to be closed: a few, and all of a message. */
#define FILES_LEFT (REMAINS_MOST + MESSAGE_MAX_FDS)

enum mode {
	MODE_UNKNOWN,		/* nobody has said yet */
	MODE_WHOLE,		/* the device: config space, control queue */
	MODE_SESSION,		/* the front end has those, and sends sessions as messages */
};

struct connection {
	struct watch watch;
	struct server *server;
	struct connection *next;
	uint32_t number;	/* for the log */
	int socket;
	bool ended;		/* freed when its sessions have ended */
	uint32_t round;		/* in which it had its last turn */
	uint64_t spent;		/* what its turns have taken, in nanoseconds; see turns.c */
	enum mode mode;
	bool layout_told;
	bool no_ring_told;
	uint64_t features;
	uint64_t protocol;
	const struct device_kind *kind;
	void *device;
	struct inbox inbox;
	struct remains *remains;
	int reply_file;		/* that goes with the reply; or -1 */
	bool postponed;		/* the message in it, see has_to_wait() */
	bool ending;		/* its sessions are, and nothing else happens meanwhile */
	bool sweeps;		/* some of its sessions are ending, beside all else */
	struct client client;
	struct queue *served;	/* whose turn it is, where jobs come from */
	struct memory memory;
	struct dirty_log log;
	struct inflight inflight;
	struct transfer transfer;
	struct watch transfer_watch;
	struct queue queues[QUEUES_MAX];
};

/* Takes @socket.  NULL: no memory, and it is still the caller's. */
struct connection *connection_new(struct server *server, int socket, uint32_t number);
void connection_free(struct connection *connection);

/* Read messages, some at most, and do what they say. */
void connection_read(struct connection *connection);

/* Nobody wants what its jobs are about any more. */
void connection_cancel_jobs(struct connection *connection);

/* Look at what had to wait for a job that is over now. */
void connection_settle(struct connection *connection);

/* It is over, @why; NULL: the front end has gone. */
void connection_end(struct connection *connection, const char *why);

/* End it if its memory has been cut short.  Whether it has. */
bool connection_lost(struct connection *connection);

/* How many queues there are, the control queue included. */
uint32_t connection_queues(const struct connection *connection);

/* Whether any of its rings runs. */
bool connection_runs(const struct connection *connection);

/* Look at all of its queues. */
void connection_look(struct connection *connection);

/* ending.c ----------------------------------------------------------------------------- */

/*
 * Sessions that end in one turn: less than a hundred microseconds, but for asymmetric keys.  All
 * guests whose sessions end share it, and each gets on by one at least.
 */
#define SESSIONS_A_TURN 64u

/*
 * All sessions end; what has been negotiated stays.  Of more than a turn's, some in each round of
 * the loop: until the last one has ended no message is read, and no queue has a turn.
 */
void connection_drop_sessions(struct connection *connection);

/* The driver has closed a context with many sessions: some end in each round of the loop. */
void connection_sweep(struct connection *connection);

/* It has ended, and so do all of its sessions, some in each round.  Then it can be freed. */
void connection_end_sessions(struct connection *connection);

/* It is freed, and nothing of that goes on. */
void connection_forget_endings(struct connection *connection);

/* Whether some of its sessions are ending. */
bool ending_goes_on(const struct connection *connection);

/* A turn for each of whom sessions are ending, with its share of what ends in a round. */
void endings_give(struct server *server);

/* handlers.c --------------------------------------------------------------------------- */

/* Do what the message in the inbox says, and make its reply of it.  What is wrong, or NULL. */
const char *handle(struct connection *connection);

/* server.c: a loop -------------------------------------------------------------------- */

#define MOST_CONNECTIONS 1024u
#define MOST_THREADS 64u

/* With one loop a guest that floods it makes the others wait for the processor, too. */
#define DEFAULT_THREADS 2u

struct threads;

/*
 * A thread, a lane, and the guests that belong to it, from when they are accepted to their end.
 * No other thread touches what is theirs, so nothing of it needs a lock.
 */
struct server {
	const struct settings *settings;
	struct threads *threads;
	struct vcrypto_lane *lane;
	void *bounce;
	struct connection *connections;
	uint32_t round;		/* of turns */
	uint32_t rounds;	/* of waiting for what comes */
	uint32_t transfers;	/* of states, on their way */
	uint32_t endings;	/* connections some of whose sessions are ending */
	uint32_t ending_share;	/* how many sessions end for each of these in this round */
	uint64_t spent;		/* by who has spent least, of those that had work */
	struct worker *worker;	/* NULL: no asymmetric keys */
	struct answers answers;	/* its event is for all that comes from other threads */
	struct watch wake;
	struct counters counters;
	int epoll;
	timer_t guard;
	bool guarded;		/* the timer runs, and ends what blocks */
	bool looks;		/* threads_look() has something to look at */
	bool looks_again;	/* and a second later once more */
	bool ends;
	sigset_t while_waiting;	/* signals that are blocked then */
	struct queue *first;	/* that have work, in order of their turns */
	struct queue *last;
	struct vcrypto_batch batch;
	pthread_t thread;
	/* The rest is behind the lock of all threads. */
	struct handed {
		int socket;
		uint32_t number;
	} handed[MOST_CONNECTIONS];	/* accepted for it, and not taken yet */
	uint32_t handed_count;
	uint32_t count;		/* of connections, those included */
	bool asked;		/* for its counters */
	bool settles;		/* messages that had to wait for remains need not any more */
	bool settling;		/* some of these may not have had their turn */
};

/* On its own thread, before system calls are given up.  Does not return if it cannot. */
void server_begin(struct server *server);

/* Serve until all end. */
void server_run(struct server *server);

/* Have it look around.  From any thread, or a signal. */
void server_wake(const struct server *server);

/* One of its own from now on; takes @socket. */
void server_add(struct server *server, int socket, uint32_t number);

/* False if it cannot be waited for. */
bool server_watch(const struct server *server, int fd, struct watch *watch, uint32_t events);
/* The same for a file that is watched already. */
bool server_watch_else(const struct server *server, int fd, struct watch *watch, uint32_t events);
void server_unwatch(const struct server *server, int fd);

/* wiping.c ----------------------------------------------------------------------------- */

/* Has libcrypto wipe all memory that it gives back, from its first use on.  False: too late. */
bool wiping_begin(void);

/* turns.c ------------------------------------------------------------------------------ */

/* It has work, and waits for its turn. */
void server_enqueue(struct server *server, struct queue *queue);

/* How far ahead of the others a guest may be, in nanoseconds: a turn of something fast. */
#define TURN_NS 200000u

/* Nanoseconds since some time. */
uint64_t turns_now(void);

/* Something has come, or can go: have @act do some of it, if it is the front end's turn. */
void turns_act(struct connection *connection, void (*act)(struct connection *));

/*
 * A turn for each guest that has a queue in the list now, so that none has more for having
 * more queues; the others of its queues come first in the next round.
 */
void turns_give(struct server *server);

/* No queue of it is in the list any more. */
void turns_forget(struct server *server, const struct connection *connection);

/* threads.c ---------------------------------------------------------------------------- */

struct threads {
	const struct settings *settings;
	struct server *servers;	/* the first is the caller's of threads_run() */
	uint32_t count;
	struct worker *worker;	/* NULL: no asymmetric keys */
	/* What the first one has to itself. */
	struct endpoint endpoint;
	struct watch watch;
	bool listening;		/* somebody is waited for */
	bool starved;		/* there was no file for the last one */
	/* The rest is behind the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_cond_t never;
	uint32_t begun;
	uint32_t ended;
	uint32_t connections;	/* of all loops */
	uint32_t last_number;
	uint32_t missing;	/* loops that have not added to */
	struct counters sum;
	bool stop;
};

/* Once, before anything else: signals that end us wait until threads_start(). */
void threads_catch_signals(void);

/* Begin all but the first loop, and the worker.  Their system calls of the beginning are over. */
void threads_start(struct threads *threads);

/* Serve until a signal, or until the one connection has ended. */
void threads_run(struct threads *threads);

/* Somebody has come: the loop with the fewest guests gets @socket. */
void threads_hand_over(struct threads *threads, int socket);

/* How many there are. */
uint32_t threads_connections(struct threads *threads);

/*
 * From any thread: one of a loop's guests is gone, and nothing remains of it; of others nothing
 * remains that a message waits for.
 */
void threads_left(struct server *server);
void threads_settle(struct server *server);

/* By loops: they were woken; a round is over, @idle: of nothing. */
void threads_on_wake(struct server *server);
void threads_look(struct server *server, bool idle);

/* listen.c, again: who comes.  While there are too many nobody is waited for: they queue. */
void listener_look(struct threads *threads);
void listener_accept(struct threads *threads);

#endif /* VCRYPTOD_ADAPTER_H */
