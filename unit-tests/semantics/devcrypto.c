// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/crypto without a kernel: open(), close() and ioctl() of a program that is
 * linked with --wrap for them.  What the module does with a call is done here in
 * the plainest way, with the library's driver half, and goes through a simulated
 * ring to a real engine.  So the programs of ../../vm-tests/programs/ that say what
 * the ioctls mean also say what the engine has to do for that.
 *
 * One process, one thread; a struct that is not there is no EFAULT.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "asked.h"
#include "devcrypto.h"
#include "real_backend.h"

#define FIRST_FD 1000	/* beyond those of the process */
#define FDS 16
#define PAGE 4096
#define SESSIONS 128	/* of one file, and of all */

struct file {
	unsigned int fds;
	struct session sessions[SESSIONS];	/* number n at n - 1 */
};

struct guest guest;
static struct file files[FDS];	/* their index is the context */
static struct file *fds[FDS];
static bool handles[SESSIONS];
static uint64_t calls, steps;

int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long command, ...);

static const int errors[VCRYPTO_STATUS_COUNT] = {
	[VCRYPTO_ERROR] = EIO,
	[VCRYPTO_BAD_REQUEST] = EIO,
	[VCRYPTO_NOT_SUPPORTED] = EINVAL,
	[VCRYPTO_NO_CONTEXT] = EIO,
	[VCRYPTO_NO_SESSION] = EINVAL,
	[VCRYPTO_HANDLE_IN_USE] = EIO,
	[VCRYPTO_NO_SPACE] = ENOSPC,
	[VCRYPTO_BAD_KEY] = EINVAL,
	[VCRYPTO_BAD_PARAMETER] = EINVAL,
	[VCRYPTO_AUTH_FAILED] = EBADMSG,
};

/* Lets the host answer; returns 0 or an errno.  The call stays. */
int answer(struct guest_call *call)
{
	host_run(&guest);
	if (call->violation)
		sim_die(call->violation);
	if (call->status < 0)
		sim_die("no answer, or one that a driver must not believe");
	return errors[call->status];
}

int verdict_error(enum vcrypto_verdict verdict)
{
	static const int numbers[] = {
		[VCRYPTO_FINE] = 0,
		[VCRYPTO_SAY_EINVAL] = EINVAL,
		[VCRYPTO_SAY_EFAULT] = EFAULT,
		[VCRYPTO_SAY_ENOENT] = ENOENT,
		[VCRYPTO_SAY_EDEADLK] = EDEADLK,
	};

	return numbers[verdict];
}

static int answer_and_forget(struct guest_call *call)
{
	int error = answer(call);

	guest_forget(&guest, call);
	return error;
}

static void start(void)
{
	struct guest_options options = guest_defaults(real_backend());

	options.limits.contexts = FDS;
	options.limits.sessions = SESSIONS;
	options.limits.payload = 1 << 20;
	options.ring_size = 1024;
	guest_start_with(&guest, &options);
	guest.layout = SIM_INDIRECT;
}

void *pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* Without C's rules: the pointer may be any. */
static void *at(const void *pointer, size_t offset)
{
	return (void *)((uintptr_t)pointer + offset);
}

/*
 * It is the kernel that looks at both sides, as it copies them into and out of a
 * pipe.  Each process has its own.  Not by write() and read(): a sanitizer would look at
 * the pointers first, and trip over one that is nowhere.
 */
int user_copy(void *to, const void *from, size_t len)
{
	static int ends[2];
	static pid_t owner;
	uint8_t scratch[4096];
	size_t done, part;

	if (owner != getpid() && pipe(ends))
		sim_die("no pipe");
	owner = getpid();
	for (done = 0; done < len; done += part) {
		ssize_t count;

		part = len - done < sizeof(scratch) ? len - done : sizeof(scratch);
		count = syscall(SYS_write, ends[1], at(from, done), part);
		if (count > 0 &&
		    syscall(SYS_read, ends[0], at(to, done), (size_t)count) == count) {
			if ((size_t)count < part)
				return EFAULT;
		} else {
			if (count > 0 && read(ends[0], scratch, sizeof(scratch)) < 0)
				sim_die("no use of the pipe");
			return EFAULT;
		}
	}
	return 0;
}

static uint32_t context(const struct file *file)
{
	return (uint32_t)(file - files);
}

static struct session *find(struct file *file, uint32_t number)
{
	bool there = number - 1 < SESSIONS && file->sessions[number - 1].used;

	return there ? &file->sessions[number - 1] : NULL;
}

static int install(struct file *file)
{
	int i;

	for (i = 0; i < FDS; i++)
		if (!fds[i]) {
			fds[i] = file;
			file->fds++;
			return FIRST_FD + i;
		}
	sim_die("too many files for this test");
}

int __wrap_open(const char *path, int flags, ...)
{
	struct file *file = files;
	int error;

	(void)path;
	(void)flags;
	if (!guest.engine)
		start();
	while (file->fds)
		file++;
	memset(file, 0, sizeof(*file));
	error = answer_and_forget(guest_open(&guest, context(file)));
	if (!error)
		return install(file);
	errno = error;
	return -1;
}

int __wrap_close(int fd)
{
	struct file *file = fds[fd - FIRST_FD];
	size_t i;

	fds[fd - FIRST_FD] = NULL;
	if (--file->fds)
		return 0;
	for (i = 0; i < SESSIONS; i++)
		if (file->sessions[i].used)
			handles[file->sessions[i].handle] = false;
	return answer_and_forget(guest_close(&guest, context(file))) ? -1 : 0;
}

/* --- CIOCGSESSION, CIOCFSESSION, CIOCGSESSINFO --- */

/* With copies of the keys. */
static int send_session(const struct vcrypto_session_args *args)
{
	uint8_t cipher_key[VCRYPTO_MAX_CIPHER_KEY], mac_key[VCRYPTO_MAX_MAC_KEY];
	struct vcrypto_session_args copied = *args;
	int error = user_copy(cipher_key, args->cipher_key, args->cipher_key_len);

	if (!error)
		error = user_copy(mac_key, args->mac_key, args->mac_key_len);
	copied.cipher_key = cipher_key;
	copied.mac_key = mac_key;
	return error ? error : answer_and_forget(guest_session(&guest, &copied));
}

static int create(struct file *file, struct session_op *op)
{
	const struct vcrypto_session_op asked = vc_asked_session(op);
	struct session session = { .used = true };
	struct vcrypto_session_args args;
	uint32_t number = 0;
	int error = verdict_error(vcrypto_plan_new_session(&guest.limits, &asked, &args));

	if (error)
		return error;
	args.context = context(file);
	args.cipher_key = op->key;
	args.mac_key = op->mackey;
	session.cipher = vcrypto_cipher_find(args.cipher);
	session.mac = vcrypto_mac_find(args.mac);
	while (session.handle < SESSIONS && handles[session.handle])
		session.handle++;
	while (number < SESSIONS && file->sessions[number].used)
		number++;
	if (session.handle == SESSIONS || number == SESSIONS)
		return EMFILE;
	args.session = session.handle;
	error = send_session(&args);
	if (error)
		return error;
	handles[session.handle] = true;
	file->sessions[number] = session;
	op->ses = number + 1;
	return 0;
}

static int release(struct file *file, uint32_t number)
{
	struct session *session = find(file, number);

	if (!session)
		return 0;
	session->used = false;
	handles[session->handle] = false;
	return answer_and_forget(guest_free(&guest, context(file), session->handle));
}

static int info(struct file *file, struct session_info_op *op)
{
	struct session *session = find(file, op->ses);
	struct vcrypto_session_info *found;
	struct guest_call *call;
	int error;

	if (!session)
		return EINVAL;
	call = guest_info(&guest, context(file), session->handle);
	error = answer(call);
	if (error)
		return error;
	found = (struct vcrypto_session_info *)(void *)call->dst;
	if (session->cipher) {
		memset(&op->cipher_info, 0, sizeof(op->cipher_info));
		strcpy(op->cipher_info.cra_name, session->cipher->name);
		memcpy(op->cipher_info.cra_driver_name, found->cipher_driver, 63);
	}
	if (session->mac) {
		memset(&op->hash_info, 0, sizeof(op->hash_info));
		strcpy(op->hash_info.cra_name, session->mac->name);
		memcpy(op->hash_info.cra_driver_name, found->mac_driver, 63);
	}
	op->alignmask = (uint16_t)vcrypto_get32(found->alignmask);
	op->flags = vcrypto_get32(found->flags) & VCRYPTO_SESSION_INFO_OFFLOADED ?
		SIOP_FLAG_KERNEL_DRIVER_ONLY : 0;
	guest_forget(&guest, call);
	return 0;
}

/* --- CIOCCRYPT, CIOCCPHASH --- */

struct vcrypto_plan_session plan_session(const struct session *session)
{
	return (struct vcrypto_plan_session) {
		.cipher = session->cipher,
		.mac = session->mac,
		.payload = guest.limits.payload,
		.aad = PAGE,
	};
}

/* Requests that go on from the one before need a device that can. */
static bool can_cut(const struct vcrypto_plan *plan)
{
	const struct vcrypto_lane *lane = vcrypto_engine_lane(guest.engine);

	if (!plan->cipher || !(plan->cipher->tag_len || plan->cipher->max_unit))
		return true;
	return vcrypto_lane_capabilities(lane)->streams & vcrypto_algorithm_bit(plan->cipher->id);
}

/* A call becomes many requests, of another length each time; all are multiples of all blocks. */
static uint32_t step_len(const struct vcrypto_plan *plan, uint32_t offset)
{
	uint32_t longest = VCRYPTO_MAX_BLOCK * (1 + plan->src_len / 1024 + (uint32_t)(steps++ % 5));

	if (longest > guest.limits.payload)
		longest = guest.limits.payload;
	return can_cut(plan) ? vcrypto_plan_next(plan, offset, longest) : plan->src_len;
}

int first_step(const struct session *session, const struct vcrypto_plan *plan,
	       uint8_t iv[VCRYPTO_MAX_IV], struct vcrypto_plan_step *step)
{
	const struct vcrypto_plan_session limits = plan_session(session);

	if (!vcrypto_plan_fits(&limits, plan))
		return EINVAL;
	*step = (struct vcrypto_plan_step) { .len = step_len(plan, 0), .first_iv = iv,
					     .next_iv = session->iv };
	if (step->len > limits.payload)
		return EINVAL;
	memcpy(iv, session->iv, VCRYPTO_MAX_IV);
	return user_copy(iv, pointer(plan->iv), plan->iv_len);
}

bool next_step(const struct vcrypto_plan *plan, struct vcrypto_plan_step *step)
{
	if (vcrypto_step_is_last(plan, step))
		return false;
	step->offset += step->len;
	step->len = step_len(plan, step->offset);
	return true;
}

int keep_iv(struct session *session, const struct vcrypto_plan *plan,
	    const struct vcrypto_plan_step *step, const uint8_t *left)
{
	size_t len = plan->cipher ? plan->cipher->iv_len : 0;
	const uint8_t *next = left ? left : step->first_iv;

	/* That of an AEAD stays with the call. */
	if (plan->mode != VCRYPTO_AUTH_AEAD)
		memcpy(session->iv, next, len);
	if (!vcrypto_step_is_last(plan, step))
		return 0;
	return plan->write_iv && plan->iv_len ? user_copy(pointer(plan->iv), next, len) : 0;
}

static int write_answer(struct session *session, const struct vcrypto_plan *plan,
			const struct vcrypto_plan_step *step, const struct guest_call *call)
{
	const struct vcrypto_expect *expect = &call->expect;
	int error = user_copy(pointer(plan->dst + step->offset), call->dst, expect->dst_len);
	int ends = keep_iv(session, plan, step, expect->iv_len ? call->iv : NULL);

	if (!error)
		error = user_copy(pointer(plan->mac_at), call->mac, expect->mac_len);
	return error ? error : ends;
}

static int exchange(struct file *file, struct session *session, const struct vcrypto_plan *plan,
		    const struct vcrypto_plan_step *step, const uint8_t *source)
{
	struct vcrypto_crypt_args args;
	struct guest_call *call;
	int error;

	vcrypto_plan_crypt_args(plan, step, &args);
	args.context = context(file);
	args.session = session->handle;
	/* In pieces of many sizes; not smaller than the chain may have pieces. */
	guest.cut = 1 + step->len / 64 + (uint32_t)(calls++ % 64);
	call = guest_crypt(&guest, &args, source + step->offset);
	guest.cut = 0;
	error = answer(call);
	if (!error)
		error = write_answer(session, plan, step, call);
	guest_forget(&guest, call);
	return error;
}

/* All of the source is read first, so what is written may come to lie on top of it. */
static int run(struct file *file, struct session *session, const struct vcrypto_plan *plan)
{
	struct vcrypto_plan_step step;
	uint8_t iv[VCRYPTO_MAX_IV], *source;
	int error = first_step(session, plan, iv, &step);

	if (error)
		return error;
	source = malloc(plan->src_len + 1u);
	if (!source)
		return ENOMEM;
	error = user_copy(source, pointer(plan->src), plan->src_len);
	if (!error) {
		do {
			error = exchange(file, session, plan, &step, source);
		} while (!error && next_step(plan, &step));
	}
	free(source);
	return error;
}

static int crypt_data(struct file *file, const struct crypt_op *op)
{
	const struct vcrypto_crypt_op asked = vc_asked_crypt(op);
	struct session *session = find(file, op->ses);
	struct vcrypto_plan_session limits;
	struct vcrypto_plan plan;
	int error;

	if (!session)
		return EINVAL;
	limits = plan_session(session);
	error = verdict_error(vcrypto_plan_crypt(&limits, &asked, &plan));
	return error ? error : run(file, session, &plan);
}

static int authcrypt(struct file *file, struct crypt_auth_op *op)
{
	struct session *session = find(file, op->ses);

	return session ? auth(session, context(file), op) : EINVAL;
}

static int copy_hash(struct file *file, const struct cphash_op *op)
{
	struct session *to = find(file, op->dst_ses), *from = find(file, op->src_ses);
	struct vcrypto_plan_session one, two;
	int error;

	if (to)
		one = plan_session(to);
	if (from)
		two = plan_session(from);
	error = verdict_error(vcrypto_plan_hash_copy(op->dst_ses, op->src_ses,
						     to ? &one : NULL, from ? &two : NULL));
	if (error)
		return error;
	return answer_and_forget(guest_hash_copy(&guest, context(file), to->handle, from->handle));
}

static int command(struct file *file, unsigned long number, void *argument)
{
	switch (number) {
	case CRIOGET:
		*(uint32_t *)argument = (uint32_t)install(file);
		return 0;
	case CIOCGSESSION:
		return create(file, argument);
	case CIOCFSESSION:
		return release(file, *(uint32_t *)argument);
	case CIOCGSESSINFO:
		return info(file, argument);
	case CIOCCRYPT:
		return crypt_data(file, argument);
	case CIOCAUTHCRYPT:
		return authcrypt(file, argument);
	case CIOCCPHASH:
		return copy_hash(file, argument);
	case CIOCASYMFEAT:
		*(uint32_t *)argument = 0;
		return 0;
	default:
		return EINVAL;
	}
}

int __wrap_ioctl(int fd, unsigned long number, ...)
{
	va_list arguments;
	void *argument;
	int error;

	va_start(arguments, number);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	error = fd < FIRST_FD || fd >= FIRST_FD + FDS || !fds[fd - FIRST_FD] ? EBADF :
		command(fds[fd - FIRST_FD], number, argument);
	if (!error)
		return 0;
	errno = error;
	return -1;
}
