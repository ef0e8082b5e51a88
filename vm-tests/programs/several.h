/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device with several queues, for those that look at where sessions are. */
#ifndef SEVERAL_H
#define SEVERAL_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_QUEUES 8

/* Of the device; 2 at least, or the program ends. */
extern int queues;
/* The open file that sessions below are made in. */
extern int fd;
/* Something to encrypt, and its IV. */
extern uint8_t data[4096], iv[16];
extern const uint8_t key[32];
/* Something to hash. */
extern const char text[49];

/* Counts the queues and fills the data. */
void several_begin(void);

/* What each queue has been given; returns how many there are. */
int count(long long requests[MAX_QUEUES]);
/* How many queues have been given something since then. */
int busy_since(const long long before[MAX_QUEUES]);
/* Of the device, by all queues. */
long long notifications(void);

/* New sessions: AES-128-CBC, HMAC-SHA1. */
uint32_t cipher(void);
uint32_t hash(void);
/* There and back. */
void encrypts(uint32_t ses);
/* A part of the text, as ioctl() returns. */
int update(uint32_t ses, size_t from, size_t to);
/* The session has been given so much of the beginning: with the rest it makes the text's digest. */
void expect_digest(uint32_t ses, size_t from);
/* CIOCCPHASH, as ioctl() returns. */
int copy(uint32_t to, uint32_t from);

/* What a thread does how often. */
struct caller {
	pthread_t thread;
	uint32_t ses;
	int times;
};

/* Each in a thread, until all have ended. */
void run_all(struct caller *callers, int number, void *(*run)(void *));

/* Closes the file, of which the device has nothing then. */
void finish(void);

#endif /* SEVERAL_H */
