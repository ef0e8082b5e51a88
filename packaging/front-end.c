// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A front end for a system that has no more than a compiler: one session and one request of the
 * standard's device, as the headers of Linux have it.
 *
 *	front-end SOCKET
 *
 * Exit status 0 if what comes back is what AES-128-CBC makes of it (SP 800-38A, F.2.1).
 */
#include <linux/virtio_config.h>
#include <linux/virtio_crypto.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Messages of vhost-user. */
enum { GET_FEATURES = 1, SET_FEATURES = 2, SET_OWNER = 3, SET_MEM_TABLE = 5, SET_VRING_NUM = 8,
       SET_VRING_ADDR = 9, SET_VRING_BASE = 10, SET_VRING_KICK = 12, SET_VRING_CALL = 13,
       GET_PROTOCOL_FEATURES = 15, SET_PROTOCOL_FEATURES = 16, SET_VRING_ENABLE = 18 };
#define HAS_PROTOCOL_FEATURES (1ull << 30)
#define PROTOCOL_CONFIG (1ull << 9)

/* The guest's memory: a page for each ring, and what requests are about. */
#define RAM 0x10000
#define BASE 0x100000
#define PAGE 0x1000
#define SIZE 8
#define BYTES 0x8000

/* One queue for data, and behind it that for control. */
enum { DATA, CONTROL, RINGS };

/* What a request has, one behind the other. */
struct piece {
	const void *bytes;	/* NULL: the device writes it */
	uint32_t len;
};

static int peer, memory, kicks[RINGS], calls[RINGS];
static uint8_t *ram;

static void need(int is_so, const char *what)
{
	if (is_so)
		return;
	perror(what);
	exit(1);
}

static void tell(uint32_t request, const void *payload, uint32_t len, int file)
{
	uint32_t header[3] = { request, 1, len };
	struct iovec pieces[2] = { { header, sizeof(header) }, { (void *)payload, len } };
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };

	if (file >= 0) {
		memcpy(CMSG_DATA(&control.head), &file, sizeof(file));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	need(sendmsg(peer, &message, MSG_NOSIGNAL) == (ssize_t)(sizeof(header) + len), "sending");
}

static void tell_u64(uint32_t request, uint64_t value, int file)
{
	tell(request, &value, sizeof(value), file);
}

static uint64_t ask(uint32_t request)
{
	struct {
		uint32_t header[3];
		uint64_t value;
	} __attribute__((packed)) reply;

	tell(request, NULL, 0, -1);
	need(recv(peer, &reply, sizeof(reply), MSG_WAITALL) == sizeof(reply), "the daemon is gone");
	need(reply.header[0] == request, "another reply");
	return reply.value;
}

static void ring(uint32_t index)
{
	const uint64_t at = BASE + PAGE * index;
	const uint32_t size[2] = { index, SIZE }, begin[2] = { index, 0 }, enable[2] = { index, 1 };
	/* Index, flags, descriptors, used, available, log. */
	const uint64_t address[5] = { index, at, at + 0x800, at + 0x400, 0 };

	kicks[index] = eventfd(0, 0);
	calls[index] = eventfd(0, 0);
	tell(SET_VRING_NUM, size, sizeof(size), -1);
	tell(SET_VRING_BASE, begin, sizeof(begin), -1);
	tell(SET_VRING_ADDR, address, sizeof(address), -1);
	tell_u64(SET_VRING_KICK, index, kicks[index]);
	tell_u64(SET_VRING_CALL, index, calls[index]);
	tell(SET_VRING_ENABLE, enable, sizeof(enable), -1);
}

/* Puts a request on a ring and waits.  Where the first that the device writes is. */
static uint8_t *request(uint32_t index, const struct piece *pieces, uint32_t count)
{
	struct vring_desc *descriptors = (void *)(ram + PAGE * index);
	struct vring_avail *available = (void *)(ram + PAGE * index + 0x400);
	struct vring_used *used = (void *)(ram + PAGE * index + 0x800);
	uint8_t *at = ram + BYTES, *result = NULL;
	uint64_t event = 1;
	uint32_t i;

	for (i = 0; i < count; i++, at += 256) {
		if (pieces[i].bytes)
			memcpy(at, pieces[i].bytes, pieces[i].len);
		else if (!result)
			result = at;
		descriptors[i] = (struct vring_desc){
			(uint64_t)(BASE + (at - ram)), pieces[i].len,
			(i + 1 < count ? VRING_DESC_F_NEXT : 0) |
			(pieces[i].bytes ? 0 : VRING_DESC_F_WRITE), (uint16_t)(i + 1) };
	}
	__atomic_store_n(&available->idx, 1, __ATOMIC_RELEASE);
	need(write(kicks[index], &event, sizeof(event)) == sizeof(event), "kick");
	/* A ring that begins may call without an answer. */
	while (__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) != 1)
		need(read(calls[index], &event, sizeof(event)) == sizeof(event), "call");
	return result;
}

static uint64_t session(const uint8_t *key)
{
	struct virtio_crypto_op_ctrl_req head = { .header = {
		.opcode = VIRTIO_CRYPTO_CIPHER_CREATE_SESSION, .algo = VIRTIO_CRYPTO_CIPHER_AES_CBC } };
	const struct piece pieces[] = { { &head, sizeof(head) }, { key, 16 },
					{ NULL, sizeof(struct virtio_crypto_session_input) } };
	struct virtio_crypto_session_input *made;

	head.u.sym_create_session.op_type = VIRTIO_CRYPTO_SYM_OP_CIPHER;
	head.u.sym_create_session.u.cipher.para = (struct virtio_crypto_cipher_session_para){
		VIRTIO_CRYPTO_CIPHER_AES_CBC, 16, VIRTIO_CRYPTO_OP_ENCRYPT, 0 };
	made = (void *)request(CONTROL, pieces, 3);
	need(made->status == VIRTIO_CRYPTO_OK, "a session");
	return made->session_id;
}

static const uint8_t *encrypted(uint64_t id, const uint8_t *iv, const uint8_t *text)
{
	struct virtio_crypto_op_data_req head = { .header = {
		.opcode = VIRTIO_CRYPTO_CIPHER_ENCRYPT, .algo = VIRTIO_CRYPTO_CIPHER_AES_CBC,
		.session_id = id } };
	const struct piece pieces[] = { { &head, sizeof(head) }, { iv, 16 }, { text, 16 },
					{ NULL, 16 }, { NULL, 1 } };
	uint8_t *result;

	head.u.sym_req.op_type = VIRTIO_CRYPTO_SYM_OP_CIPHER;
	head.u.sym_req.u.cipher.para = (struct virtio_crypto_cipher_para){ 16, 16, 16, 0 };
	result = request(DATA, pieces, 5);
	need(result[256] == VIRTIO_CRYPTO_OK, "a request");
	return result;
}

static void connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	peer = socket(AF_UNIX, SOCK_STREAM, 0);
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	need(!connect(peer, (struct sockaddr *)&address, sizeof(address)), path);
}

int main(int argc, char **argv)
{
	static const uint8_t key[16] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
					 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
	static const uint8_t iv[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t text[16] = { 0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
					  0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a };
	static const uint8_t expected[16] = { 0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
					      0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d };
	/* How many, one: guest's address, length, front end's address, offset in the file. */
	const uint64_t table[5] = { 1, BASE, RAM, BASE, 0 };

	need(argc == 2, "front-end SOCKET");
	/* It ends by that where nobody answers. */
	alarm(120);
	connect_to(argv[1]);
	memory = memfd_create("guest", 0);
	need(memory >= 0 && !ftruncate(memory, RAM), "memory");
	ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	need(ram != MAP_FAILED, "memory");
	need((ask(GET_FEATURES) & HAS_PROTOCOL_FEATURES) != 0, "features");
	need((ask(GET_PROTOCOL_FEATURES) & PROTOCOL_CONFIG) != 0, "a whole device");
	tell_u64(SET_PROTOCOL_FEATURES, PROTOCOL_CONFIG, -1);
	tell(SET_OWNER, NULL, 0, -1);
	tell_u64(SET_FEATURES, HAS_PROTOCOL_FEATURES | 1ull << VIRTIO_F_VERSION_1, -1);
	tell(SET_MEM_TABLE, table, sizeof(table), memory);
	ring(DATA);
	ring(CONTROL);
	need(!memcmp(encrypted(session(key), iv, text), expected, 16), "what comes back");
	puts("front-end: a block was encrypted");
	return 0;
}
