#include <stdio.h>
#include <stdlib.h>
#include <vcrypto/vcrypto.h>

int main(void)
{
	const struct vcrypto_limits limits = VCRYPTO_LIMITS_DEFAULT;
	const struct vcrypto_backend *backend = &vcrypto_backend_libcrypto;
	void *memory = calloc(1, vcrypto_engine_size(&limits, backend));
	struct vcrypto_engine *engine = memory ? vcrypto_engine_init(memory, &limits, backend) : NULL;

	/* What a driver would send, to open context 0, and where the answer goes. */
	unsigned char request[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header answer;
	struct vcrypto_message message = { request, sizeof(request), 0, &answer, { 0, 0, 0, 0, false } };
	bool built = vcrypto_build_context_open(&message, 0);
	struct iovec in = { request, message.len }, out = { &answer, sizeof(answer) };
	struct vcrypto_io chain = { &in, &out, 1, 1, 0 };

	if (!engine || !built || vcrypto_process(engine, &chain, 1) != 1)
		return 1;
	printf("%u bytes written, status %d\n", (unsigned)chain.written,
	       vcrypto_check_response(&answer, chain.written, &message.expect));
	vcrypto_engine_fini(engine);
	free(memory);
	return 0;
}
