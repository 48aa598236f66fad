/* SPDX-License-Identifier: MIT
 * tests/fuzz/fuzz_soap.c: any bytes as the body of a request, of somebody known and of nobody. There must be one
 * answer, and it must be XML as far as our own gate can tell.
 */
#include <stdlib.h>

#include "wsman/charset.h"
#include "wsman/gate.h"
#include "tests/fuzz/fuzz_filter.h"
#include "wsman/wsman.h"

static unsigned answers;

static void on_answer(struct wsm_request *req, int status, struct buf *reply)
{
	struct fault fault = { 0 };
	struct letters l;

	answers++;
	if ((status != 200 && status != 500) || !charset_read(NULL, reply->data, reply->len, &l, &fault) ||
	    l.utf16 != req->utf16 || !gate_check(l.text, l.len, &fault))
		abort();
	buf_done(&l.room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct prov_caller admin = { .uid = 0, .role = ROLE_ADMIN, .name = "root" };
	static struct wsm_service *svc;
	char *text = malloc(size + 1);

	if (!svc) {
		static const struct prov_class *const classes[] = { &part };
		struct wsm_config config = { .classes = classes, .nclasses = 1, .max_envelope = 512000,
			.vendor = "v", .version = "1" };

		svc = wsm_service_new(&config);
	}
	if (!svc || !text)
		abort();
	memcpy(text, data, size);
	for (int i = 0; i < 2; i++) {
		struct wsm_request req = { .body = text, .len = size, .caller = i ? &admin : NULL,
			.done = on_answer };

		answers = 0;
		wsm_handle(svc, &req);
		if (answers != 1)
			abort();
	}
	free(text);
	return 0;
}
