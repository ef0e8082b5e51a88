// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <sys/ioctl.h>

#include "auth.h"
#include "check.h"
#include "dev.h"

int auth_call(int fd, struct crypt_auth_op *op)
{
	return ioctl(fd, CIOCAUTHCRYPT, op);
}

void auth_refuses(int fd, struct crypt_auth_op op, int error)
{
	struct crypt_auth_op same;

	memcpy(&same, &op, sizeof(same));
	CHECK_ERRNO(ioctl(fd, CIOCAUTHCRYPT, &op), error);
	CHECK(!memcmp(&same, &op, sizeof(same)));
}

uint32_t auth_session(int fd, uint32_t cipher, const void *key, uint32_t keylen, uint32_t mac,
		      const void *mackey, uint32_t mackeylen)
{
	struct session_op session = dev_session_op(cipher, key, keylen, mac, mackey, mackeylen);

	return dev_session(fd, &session);
}

void auth_check_info(int fd, uint32_t ses, const char *name)
{
	struct session_info_op info, untouched;

	memset(&info, 0xa5, sizeof(info));
	memset(&untouched, 0xa5, sizeof(untouched));
	info.ses = ses;
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, &info));
	CHECK(!strcmp(info.cipher_info.cra_name, name));
	CHECK(info.cipher_info.cra_driver_name[0] &&
	      memchr(info.cipher_info.cra_driver_name, 0, CRYPTODEV_MAX_ALG_NAME));
	CHECK(!memcmp(&info.hash_info, &untouched.hash_info, sizeof(info.hash_info)));
	CHECK(info.flags & SIOP_FLAG_KERNEL_DRIVER_ONLY);
}

bool is_all(const uint8_t *memory, uint8_t value, size_t len)
{
	while (len && memory[len - 1] == value)
		len--;
	return !len;
}
