// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "virtio-demo.h"

void vcrypto_virtio_demo_reset(struct vcrypto_virtio_demo *demo)
{
	demo->value = VCRYPTO_VIRTIO_DEMO_INITIAL;
}

void vcrypto_virtio_demo_execute(struct vcrypto_virtio_demo *demo,
				 const struct vcrypto_virtio_demo_message *request,
				 struct vcrypto_virtio_demo_message *reply)
{
	reply->opcode = request->opcode;
	switch (vcrypto_get32(request->opcode)) {
	case VCRYPTO_VIRTIO_DEMO_READ:
		break;
	case VCRYPTO_VIRTIO_DEMO_WRITE:
		demo->value = vcrypto_get32(request->operand);
		break;
	default:
		reply->opcode = vcrypto_put32(VCRYPTO_VIRTIO_DEMO_REFUSED);
		reply->operand = vcrypto_put32(0);
		return;
	}
	reply->operand = vcrypto_put32(demo->value);
}
