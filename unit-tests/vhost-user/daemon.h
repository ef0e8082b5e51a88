/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What front.c has to know of the process. */
#ifndef UNIT_VHOST_USER_DAEMON_H
#define UNIT_VHOST_USER_DAEMON_H

const char *daemon_path(void);
void sleep_ms(unsigned int ms);

#endif /* UNIT_VHOST_USER_DAEMON_H */
