/* SPDX-License-Identifier: MIT
 * tests/fuzz/fuzz_selector.c: lines name=value as selectors: of a filter, of a header, and as keys of a class.
 */
#include "tests/fuzz/fuzz_filter.h"
#include "wsman/selector.h"

#define MOST 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char ns[] = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
	struct attr attrs[MOST] = { 0 };
	struct node nodes[MOST] = { 0 }, set = { ns, "SelectorSet", "", NULL, NULL, NULL };
	struct msg msg = { 0 };
	struct selectors selectors = { 0 };
	const struct prov_value *keys;
	struct fault fault = { 0 };
	struct arena *arena = arena_new(1 << 20);
	char *text = fuzz_text(data, size), *rest = text, *line;
	size_t n = 0;

	while (n < MOST && (line = strsep(&rest, "\n"))) {
		char *value = strchr(line, '=');

		if (value)
			*value++ = '\0';
		attrs[n] = (struct attr){ "", "Name", line, NULL };
		nodes[n] = (struct node){ ns, "Selector", value ? value : "", &attrs[n], NULL, NULL };
		if (n)
			nodes[n - 1].next = &nodes[n];
		n++;
	}
	set.first = msg.selectors = n ? &nodes[0] : NULL;
	fuzz_filter("http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter", "", &set, false, false);
	if (selector_read(&msg, arena, &selectors, &fault))
		selector_keys(&selectors, &thing, arena, &keys, &fault);
	arena_free(arena);
	free(text);
	return 0;
}
