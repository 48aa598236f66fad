/* SPDX-License-Identifier: MIT
 * tests/fuzz/fuzz_xpath.c: any bytes as an XPath filter and as the path of a fragment.
 */
#include "tests/fuzz/fuzz_filter.h"
#include "wsman/xpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 20);
	char *text = fuzz_text(data, size);
	struct xpath_path path;

	fuzz_filter("http://www.w3.org/TR/1999/REC-xpath-19991116", text, NULL, false, false);
	if (xpath_path_read(text, &thing, arena, &path) && (!path.nsteps || path.nsteps > XPATH_STEPS))
		abort();
	arena_free(arena);
	free(text);
	return 0;
}
