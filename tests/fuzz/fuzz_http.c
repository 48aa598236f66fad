/* SPDX-License-Identifier: MIT
 * tests/fuzz/fuzz_http.c: any bytes as the head of an HTTP request, and as a chunked body in pieces; any text as
 * a duration, a number, a truth.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "wsman/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_head(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct http_head head = { 0 };
	size_t len;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	http_head_is_lost(copy, size, 0);
	len = http_head_length(copy, size, 0);
	if (len > size)
		abort();
	if (len)
		http_parse(copy, len, &head);
	if (len && !head.status && head.target)
		http_path_is(head.target, "/wsman");
	free(copy);
}

static void read_values(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	int64_t ms;
	uint64_t n;
	bool yes;

	if (!text)
		abort();
	text_duration_ms(text, &ms);
	text_u64(text, 0, UINT64_MAX, &n);
	text_bool(text, &yes);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_head(data, size);
	read_values(data, size);
	return 0;
}
