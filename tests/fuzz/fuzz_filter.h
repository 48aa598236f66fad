/* SPDX-License-Identifier: MIT
 * tests/fuzz/fuzz_filter.h: any bytes as a filter of some dialect: refused, or read and matched against two rows.
 */
#ifndef FUZZ_FILTER_H
#define FUZZ_FILTER_H

#include <stdlib.h>
#include <string.h>

#include "wsman/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct prov_class part = { .ns = "root/x", .name = "Part", .provider = "x", .nprops = 2,
	.props = (const struct prov_prop[]){ { "Size", CIM_U64, PROV_RO, NULL, "" }, { "Url", CIM_TEXT, PROV_RO, NULL, "" } } };

static void nothing(const struct prov_class *cls, struct prov_call *call)
{
	(void)cls;
	(void)call;
}

static const struct prov_class thing = { .ns = "root/x", .name = "Thing", .provider = "x", .nprops = 5, .get = nothing,
	.props = (const struct prov_prop[]){ { "A", CIM_U32, PROV_RO, NULL, "" }, { "B", CIM_BOOL, PROV_RO, NULL, "" },
	    { "Id", CIM_TEXT, PROV_KEY, NULL, "" }, { "Note", CIM_TEXT, PROV_RW, NULL, "" },
	    { "Parts", CIM_OBJECTS, PROV_RO, &part, "" } } };

static const struct prov_class *const all[] = { &thing, &part };

/* first: what stands in the Filter element; NULL: text. star: of every class. */
static inline void fuzz_filter(const char *dialect, const char *text, const struct node *first, bool star, bool events)
{
	static const struct prov_value part_values[] = { { .set = true, .num = 1 }, { .set = true, .text = "http://h/f" } };
	static const struct prov_row parts[] = { { &part, part_values, 0 } };
	static const struct prov_value one[] = { { .set = true, .num = 6 }, { .set = true, .num = 1 },
		{ .set = true, .text = "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B12}" },
		{ .set = true, .text = "a \xc3\xa4 b" }, { .set = true, .rows = parts, .nrows = 1 } };
	static const struct prov_value none[5] = { [2] = { .set = true, .text = "x" } };
	const struct prov_row rows[] = { { &thing, one, 1 }, { &thing, none, 2 } };
	struct attr attr = { "", "Dialect", dialect, NULL };
	struct node element = { "", "Filter", text, &attr, first, NULL };
	struct classes classes = { all, 2 };
	struct filter_ask ask = { &element, &classes, "root/x", star ? NULL : &thing, events };
	struct arena *arena = arena_new(1 << 20);
	struct filter *f = NULL;
	struct fault fault = { 0 };
	const size_t *columns;

	if (!filter_read(&ask, arena, &f, &fault)) {
		if (fault.id == FAULT_NONE || !fault.text[0])
			abort();		/* refused without a word */
	} else if (filter_class(f) == &thing) {
		struct prov_event event = { 1, PROV_MODIFIED, rows[0], &rows[1] };

		filter_match(f, &rows[0]);
		filter_match(f, &rows[1]);
		filter_match_event(f, &event);
		for (size_t n = filter_columns(f, &columns); n; n--)
			if (columns[n - 1] >= thing.nprops)
				abort();
	}
	filter_unref(f);
	arena_free(arena);
}

static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		exit(1);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
