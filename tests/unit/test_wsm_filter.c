/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_filter.c: filters of every dialect against three printers; WQL and XPath once more against
 * evaluators that walk the question itself, with random questions. DRAY_SEED repeats a run.
 */
#include "tests/unit/test_wsm_util.h"

#include <time.h>

#include "wsman/filter.h"
#include "wsman/filter_like.h"
#include "wsman/instance.h"
#include "wsman/value.h"

#define RANDOM_QUESTIONS 4000
#define CPU_MS 10.0		/* what reading a hostile filter may cost */
#ifdef __SANITIZE_ADDRESS__
#define SLOWER 20
#else
#define SLOWER 1
#endif

static struct arena *arena;
static struct fault fault;
static struct classes classes = { util_classes, 3 };
static struct prov_value values[3][P__COUNT];
static struct prov_row rows[3];

static const struct prov_value page_values[2][3] = {
	{ { .set = true, .num = 1 }, { .set = true, .num = 0 }, { .set = true, .text = "" } },
	{ { .set = true, .num = 0 }, { .set = true, .num = 7 }, { .set = true, .text = "Cover" } },
};
static const struct prov_row pages[2] = { { &util_page, page_values[0], 0 }, { &util_page, page_values[1], 0 } };

static void fill(struct prov_value *v, uint64_t num, const char *text)
{
	*v = (struct prov_value){ .set = true, .num = num, .text = text };
}

static void setup(void)
{
	arena = arena_new(64 << 20);
	memset(values, 0, sizeof(values));
	for (int i = 0; i < 3; i++)
		rows[i] = (struct prov_row){ .cls = &util_printer, .values = values[i] };
	fill(&values[0][P_ACTIVE], 1, NULL);
	fill(&values[0][P_BIG], UINT64_MAX, NULL);
	fill(&values[0][P_COUNT], 1, NULL);
	fill(&values[0][P_NAME], 0, "p1");
	fill(&values[0][P_NOTE], 0, "Stra\xc3\x9f" "e [1] 50%");
	fill(&values[0][P_SMALL], 65535, NULL);
	values[0][P_PAGES] = (struct prov_value){ .set = true, .rows = pages, .nrows = 2 };
	fill(&values[1][P_ACTIVE], 0, NULL);
	fill(&values[1][P_BIG], 0, NULL);
	fill(&values[1][P_COUNT], 2, NULL);
	fill(&values[1][P_NAME], 0, "P2");
	fill(&values[1][P_NOTE], 0, "");
	fill(&values[1][P_NOTHING], 0, "x\\y'z");
	fill(&values[1][P_SMALL], 2, NULL);
	values[1][P_PAGES] = (struct prov_value){ .set = true, .rows = pages, .nrows = 1 };
	fill(&values[2][P_NAME], 0, "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B12}");
	fill(&values[2][P_COUNT], 10, NULL);
}

static void teardown(void)
{
	arena_free(arena);
}

static struct filter *read_as(enum uri dialect, const char *text, const struct prov_class *cls, bool events)
{
	struct attr attr = { "", "Dialect", uri_text[dialect], NULL };
	struct node element = { uri_ns[NS_w], "Filter", text, &attr, NULL, NULL };
	struct filter_ask ask = { &element, &classes, "root/print", cls, events };
	struct filter *f = NULL;

	memset(&fault, 0, sizeof(fault));
	return filter_read(&ask, arena, &f, &fault) ? f : NULL;
}

/* The numbers of the printers that match, "12"; "refused". */
static const char *found(enum uri dialect, const char *text)
{
	static char out[16];
	struct filter *f = read_as(dialect, text, &util_printer, false);
	size_t at = 0;

	if (!f) {
		ck_assert_int_eq(fault.id, FAULT_FILTER_BAD);
		return "refused";
	}
	out[0] = '\0';
	for (unsigned i = 0; i < 3; i++)
		if (filter_match(f, &rows[i]))
			at += (size_t)snprintf(out + at, sizeof(out) - at, "%u", i + 1);
	filter_unref(f);
	return out;
}

static void all_found(enum uri dialect, const char *before, const char *const (*cases)[2], size_t n)
{
	char text[600];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%s", before, cases[i][0]);
		ck_assert_msg(!strcmp(found(dialect, text), cases[i][1]), "%s: %s, not %s: %s", text,
		    found(dialect, text), cases[i][1], fault.text);
	}
}

/* ---- WQL ---- */

START_TEST(wql_conditions_choose)
{
	static const char *const cases[][2] = {
		{ "Count = 1", "1" }, { "count=2", "2" }, { "COUNT <> 1", "23" }, { "Count != 1", "23" },
		{ "Count < 2", "1" }, { "Count <= 2", "12" }, { "Count > 2", "3" }, { "Count >= 2", "23" },
		{ "2 < Count", "3" }, { "2 >= Count", "12" }, { "1 = Count", "1" },
		{ "Count = '10'", "3" }, { "Count = 0x0A", "3" }, { "Count > -1", "123" }, { "Count < -1", "" },
		{ "Count = -0", "" }, { "-5 <> Count", "123" },
		{ "Big = 18446744073709551615", "1" }, { "Big > 9223372036854775807", "1" }, { "Big = 0", "2" },
		{ "Name = 'P1'", "1" }, { "Name = \"p2\"", "2" }, { "Name > 'p1'", "23" }, { "Name < 'p2'", "1" },
		{ "Name = '3ba55cb4-5ecc-48a6-895f-c7b35ebf8b12'", "3" },
		{ "Name <> '{3ba55cb4-5ecc-48a6-895f-c7b35ebf8b12}'", "12" },
		{ "Nothing = 'X\\\\Y\\'Z'", "2" }, { "Nothing = \"x\\\\y'z\"", "2" }, { "Note = ''", "2" },
		{ "Active = TRUE", "1" }, { "Active = false", "2" }, { "Active <> true", "2" }, { "Active = 1", "1" },
		{ "Active = 'True'", "1" }, { "true = Active", "1" },
		{ "Nothing IS NULL", "13" }, { "Nothing is not null", "2" }, { "Nothing = NULL", "13" },
		{ "NULL <> Nothing", "2" }, { "Nothing <> 'a'", "2" }, { "NOT Nothing = 'a'", "123" },
		{ "Pages IS NULL", "3" },
		{ "Note LIKE 'stra%'", "1" }, { "Note LIKE '%[[]1]%'", "1" }, { "Note LIKE 'Stra_e%'", "1" },
		{ "Note LIKE 'Stra__e%'", "" }, { "Note LIKE '%5[0-9]_'", "1" }, { "Note LIKE '%5[^0-9]%'", "" },
		{ "Note LIKE '%'", "12" }, { "Note LIKE ''", "2" }, { "NOT Note LIKE '%x%'", "123" },
		{ "Note NOT LIKE '%e%'", "23" }, { "Name LIKE '[a-q][1=2]'", "12" }, { "Name LIKE 'P_'", "12" },
		{ "Note LIKE '%\xc3\x9f" "e%'", "1" }, { "Note LIKE '%[\xc3\x9e-\xc3\xa0]e%'", "1" },
		{ "Count = 1 OR Count = 2 AND Active = true", "1" },
		{ "(Count = 1 OR Count = 2) AND Active = false", "2" },
		{ "NOT (Count = 1 OR NOT Count = 2)", "2" }, { "NOT Count = 1 AND Count < 5", "2" },
		{ "NOT NOT Count = 1", "1" }, { "Count=1 or Count=2 or Count=10", "123" },
		{ "Printer.Count = 1", "1" }, { "Count = Small", "2" }, { "Small > Count", "1" }, { "Name = Note", "" },
		{ "__CLASS = 'printer'", "123" }, { "__CLASS <> 'Printer'", "" }, { "__this ISA 'Printer'", "123" },
		{ "__this isa Tray", "" }, { "\tCount\r\n=\n1 ", "1" },
	};

	all_found(URI_WQL, "select * from Printer where ", cases, COUNT(cases));
	ck_assert_str_eq(found(URI_WQL, "SELECT * FROM Printer"), "123");
	ck_assert_str_eq(found(URI_WQL, "Select Name From PRINTER Within 0.5 Where Count=1"), "1");
	ck_assert_str_eq(found(URI_CQL, "SELECT * FROM Printer WHERE Printer.Count = 1"), "1");
}
END_TEST

START_TEST(wql_that_makes_no_sense_is_refused_with_words)
{
	static const char *const cases[] = { "", "  ", "select", "select * from", "select from Printer", "delete x",
		"select * from Printer where", "select * from Printer where Count", "select * from Printer where Count =",
		"select * from Printer where Count = 1 and", "select * from Printer where (Count = 1",
		"select * from Printer where Count = 1)", "select * from Printer where Count == 1",
		"select * from Printer where Count = 'a'", "select * from Printer where Count = 1.5",
		"select * from Printer where Count = 99999999999999999999", "select * from Printer where Name = 5",
		"select * from Printer where Name = true", "select * from Printer where Count = true",
		"select * from Printer where Active < true", "select * from Printer where Active = 2",
		"select * from Printer where Pages = 1", "select * from Printer where Count like '1%'",
		"select * from Printer where Name like 'a[b'", "select * from Printer where 1 = 1",
		"select * from Printer where Nope = 1", "select * from Printer where Count < null",
		"select * from Printer where Tray.Count = 1", "select * from Printer where Name = Count",
		"select * from Printer where Name = 'open", "select * from Printer where Name = 'a' 'b'",
		"select * from Nope", "select * from Page.x", "select Nope from Printer", "select *, Name from Printer",
		"select __PATH from Printer", "select * from Printer;", "select * from Printer where Count = 1;",
		"select * from Printer group within 5", "associators of {Printer.Name='p1'}",
		"REFERENCES OF {Printer.Name='p1'}", "select * from __InstanceModificationEvent",
		"select * from Printer where TargetInstance.Count = 1", "select * from Printer where __CLASS like 'x'",
		"select * from Printer where Name isa 'Printer'", "select * from Printer where __this isa 'Nope'",
		"select * from Printer where null = null", "select * from Printer where \x01 = 1" };

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(!strcmp(found(URI_WQL, cases[i]), "refused"), "%s", cases[i]);
		ck_assert_msg(strlen(fault.text) > 10, "%s: %s", cases[i], fault.text);
		ck_assert_uint_eq(fault.hresult, 2150858778u);
		ck_assert_str_eq(fault.operation, "ExecQuery");
	}
}
END_TEST

START_TEST(a_projection_names_each_property_once_in_order)
{
	struct filter *f = read_as(URI_WQL, "select small, Name, __CLASS, SMALL, Printer.Active from Printer", NULL,
	    false);
	const size_t *props;

	ck_assert_msg(f != NULL, "%s", fault.text);
	ck_assert_uint_eq(filter_columns(f, &props), 3);
	ck_assert_uint_eq(props[0], P_ACTIVE);
	ck_assert_uint_eq(props[1], P_NAME);
	ck_assert_uint_eq(props[2], P_SMALL);
	filter_unref(f);
	f = read_as(URI_WQL, "select * from Tray", &util_printer, false);	/* FROM decides, not the URI */
	ck_assert_ptr_eq(filter_class(f), &util_tray);
	ck_assert_uint_eq(filter_columns(f, &props), 0);
	filter_unref(filter_ref(f));
	filter_unref(f);
}
END_TEST

START_TEST(event_queries_look_at_both_instances)
{
	static const struct { const char *text; bool created, modified, same, unknown; } cases[] = {
		{ "select * from __InstanceCreationEvent where TargetInstance isa 'Printer'", true, false, false, false },
		{ "select * from __InstanceModificationEvent within 5 where TargetInstance isa 'Printer'", false, true, true,
		    true },
		{ "select * from __InstanceOperationEvent where TargetInstance isa 'Printer' and "
		  "TargetInstance.Count <> PreviousInstance.Count", false, true, false, false },
		{ "select TargetInstance.Name from __InstanceModificationEvent where TargetInstance.Count = 2 and "
		  "TargetInstance isa 'Printer' and PreviousInstance.Count = 1", false, true, false, false },
		{ "select * from __InstanceOperationEvent where __CLASS = '__InstanceCreationEvent' and "
		  "TargetInstance isa 'Printer'", true, false, false, false },
		{ "select * from CIM_InstModification where SourceInstance ISA Printer and SourceInstance.Count=2", false,
		    true, true, true },
		{ "select * from Printer where Count = 2", true, true, true, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter *f = read_as(URI_WQL, cases[i].text, NULL, true);
		struct prov_event e = { .kind = PROV_CREATED, .row = rows[1] };

		ck_assert_msg(f != NULL, "%s: %s", cases[i].text, fault.text);
		ck_assert_ptr_eq(filter_class(f), &util_printer);
		ck_assert_msg(filter_match_event(f, &e) == cases[i].created, "%s created", cases[i].text);
		e.kind = PROV_MODIFIED;
		ck_assert_msg(filter_match_event(f, &e) == cases[i].unknown, "%s unknown", cases[i].text);
		e.previous = &rows[0];
		ck_assert_msg(filter_match_event(f, &e) == cases[i].modified, "%s modified", cases[i].text);
		e.previous = &rows[1];
		ck_assert_msg(filter_match_event(f, &e) == cases[i].same, "%s same", cases[i].text);
		filter_unref(f);
	}
	ck_assert_ptr_null(read_as(URI_WQL, "select * from __InstanceModificationEvent", NULL, true));
	ck_assert_ptr_null(read_as(URI_WQL, "select * from __InstanceModificationEvent where Count = 1", &util_printer,
	    true));
	ck_assert_ptr_null(read_as(URI_WQL, "select * from __InstanceModificationEvent where TargetInstance isa "
	    "'Printer' or TargetInstance isa 'Tray'", NULL, true));
}
END_TEST

/* ---- what is hostile ---- */

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static char *many(const char *before, const char *part, size_t n, const char *after)
{
	size_t len = strlen(part);
	char *text = malloc(strlen(before) + n * len + strlen(after) + 1), *at = stpcpy(text, before);

	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, part);
	stpcpy(at, after);
	return text;
}

START_TEST(hostile_filters_are_refused_or_read_in_no_time)
{
	static const struct { enum uri dialect; const char *before, *part; size_t n; const char *after; bool ok; } cases[] = {
		{ URI_WQL, "select * from Printer where ", "(", 10000, "Count=1", false },
		{ URI_WQL, "select * from Printer where ", "(", 8000, "Count=1", false },
		{ URI_WQL, "select * from Printer where ", "(", 65, "Count=1", false },
		{ URI_WQL, "select * from Printer where ", "NOT ", 65, "Count=1", false },
		{ URI_WQL, "select * from Printer where ", "NOT ", 64, "Count=1", true },
		{ URI_WQL, "select * from Printer where Count=1 ", " ", 8192, "and Count=1", false },
		{ URI_WQL, "select * from Printer where Count=1 ", " ", 8000, "and Count=1", true },
		{ URI_WQL, "select * from Printer where Count=1", " or Count=1", 5000, "", false },
		{ URI_WQL, "select * from Printer where Count=1", " or Count=1", 700, "", false },
		{ URI_WQL, "select * from Printer where Count=1", " or Count=1", 511, "", true },
		{ URI_WQL, "select * from Printer where Note like '", "%", 8000, "'", true },
		{ URI_WQL, "select * from Printer where Note like '", "%a", 4000, "'", false },
		{ URI_WQL, "select * from Printer where Note like '", "[a", 4000, "'", false },
		{ URI_WQL, "select * from Printer where Note like '[", "a", 300, "]'", false },
		{ URI_WQL, "select * from Printer where Note like '[", "a", 256, "]'", true },
		{ URI_WQL, "select ", "Name,", 255, "Name from Printer", true },
		{ URI_WQL, "select ", "Name,", 1500, "Name from Printer", false },
		{ URI_WQL, "select * from Printer where Name='", "\\", 8001, "'", false },
		{ URI_XPATH, "", "(", 2000, "Count=1", false },
		{ URI_XPATH, "", "not(", 500, "Count=1", false },
		{ URI_XPATH, "", "Printer[", 250, "Count=1", false },
		{ URI_XPATH, "Count=1", " or Count=1", 5000, "", false },
		{ URI_XPATH, "Count=1", " or Count=1", 180, "", true },
	};
	double worst = 0;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = many(cases[i].before, cases[i].part, cases[i].n, cases[i].after);
		double begin = cpu_ms();
		struct filter *f = read_as(cases[i].dialect, text, &util_printer, false);

		begin = cpu_ms() - begin;
		worst = begin > worst ? begin : worst;
		ck_assert_msg(!!f == cases[i].ok, "%.40s ...: %s", text, fault.text);
		filter_unref(f);
		free(text);
	}
	printf("reading the worst filter: %.3f ms of CPU\n", worst);
	ck_assert(worst < CPU_MS * SLOWER);
}
END_TEST

/* Every parenthesis is closed, so that nothing but the depth is wrong. */
START_TEST(sixty_four_levels_are_enough)
{
	static const struct { enum uri dialect; const char *before; size_t n; bool ok; } cases[] = {
		{ URI_WQL, "select * from Printer where ", FILTER_DEPTH, true },
		{ URI_WQL, "select * from Printer where ", FILTER_DEPTH + 1, false },
		{ URI_XPATH, "", FILTER_DEPTH - 1, true },
		{ URI_XPATH, "", FILTER_DEPTH, false },
		{ URI_XPATH, "", 900, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *open = many(cases[i].before, "(", cases[i].n, "Count=1"), *text = many(open, ")", cases[i].n, "");
		struct filter *f = read_as(cases[i].dialect, text, &util_printer, false);

		ck_assert_msg(!!f == cases[i].ok, "%zu parentheses: %s", cases[i].n, fault.text);
		ck_assert(!f || (filter_match(f, &rows[0]) && !filter_match(f, &rows[1])));
		ck_assert(f || strstr(fault.text, "nested too deeply"));
		filter_unref(f);
		free(open);
		free(text);
	}
}
END_TEST

START_TEST(matching_takes_bounded_time)
{
	char *query = many("select * from Printer where Note like '", "%aaaaaaaaaaaaaaaab", 14, "%'"),
	     *note = many("", "a", 4000, "");
	struct filter *f = read_as(URI_WQL, query, NULL, false);
	double begin;

	ck_assert_msg(f != NULL, "%s", fault.text);
	values[0][P_NOTE].text = note;
	begin = cpu_ms();
	ck_assert(!filter_match(f, &rows[0]));
	printf("matching 4000 characters with the worst pattern: %.3f ms of CPU\n", cpu_ms() - begin);
	ck_assert(cpu_ms() - begin < CPU_MS * SLOWER);
	filter_unref(f);
	free(query);
	free(note);
}
END_TEST

/* ---- selectors, associations, dialects ---- */

static struct filter *read_elements(enum uri dialect, const struct node *first, const struct prov_class *cls)
{
	struct attr attr = { "", "Dialect", uri_text[dialect], NULL };
	struct node element = { uri_ns[NS_w], "Filter", "", &attr, first, NULL };
	struct filter_ask ask = { &element, &classes, "root/print", cls, false };
	struct filter *f = NULL;

	memset(&fault, 0, sizeof(fault));
	return filter_read(&ask, arena, &f, &fault) ? f : NULL;
}

static struct filter *by_selectors(const char *name1, const char *value1, const char *name2, const char *value2)
{
	struct attr a1 = { "", "Name", name1, NULL }, a2 = { "", "Name", name2, NULL };
	struct node s2 = { uri_ns[NS_w], "Selector", value2, &a2, NULL, NULL };
	struct node s1 = { uri_ns[NS_w], "Selector", value1, &a1, NULL, name2 ? &s2 : NULL };
	struct node set = { uri_ns[NS_w], "SelectorSet", "", NULL, name1 ? &s1 : NULL, NULL };

	return read_elements(URI_SELECTORS, &set, &util_printer);
}

START_TEST(selectors_are_equalities)
{
	struct filter *f = by_selectors("count", " 2 ", "Name", "p2");

	ck_assert_msg(f != NULL, "%s", fault.text);
	ck_assert(!filter_match(f, &rows[0]) && filter_match(f, &rows[1]) && !filter_match(f, &rows[2]));
	filter_unref(f);
	f = by_selectors("Nothing", "", NULL, NULL);
	ck_assert(!filter_match(f, &rows[0]));		/* a NULL is equal to nothing */
	filter_unref(f);
	ck_assert_ptr_null(by_selectors("Count", "2", "COUNT", "3"));
	ck_assert_ptr_null(by_selectors("Count", "two", NULL, NULL));
	ck_assert_ptr_null(by_selectors("Pages", "1", NULL, NULL));
	ck_assert_ptr_null(by_selectors("Name", "p'1", NULL, NULL));
	ck_assert_ptr_null(by_selectors("Nope", "1", NULL, NULL));
	ck_assert_ptr_null(by_selectors(NULL, NULL, NULL, NULL));
	ck_assert_int_eq(fault.id, FAULT_FILTER_BAD);
	ck_assert_ptr_null(read_elements(URI_SELECTORS, NULL, NULL));
}
END_TEST

START_TEST(there_are_no_associations)
{
	struct node object = { uri_ns[NS_b], "Object", "", NULL, NULL, NULL };
	struct node asked = { uri_ns[NS_b], "AssociatedInstances", "", NULL, &object, NULL };
	struct filter *f = read_elements(URI_ASSOCIATION, &asked, NULL);

	ck_assert_msg(f != NULL, "%s", fault.text);
	ck_assert_ptr_null(filter_class(f));
	filter_unref(f);
	ck_assert_ptr_null(read_elements(URI_ASSOCIATION, NULL, NULL));
	ck_assert_int_eq(fault.id, FAULT_FILTER_BAD);
	ck_assert_ptr_null(read_elements(URI_ASSOCIATION, &asked, &util_printer));
	ck_assert_int_eq(fault.id, FAULT_FILTER_DIALECT);
	ck_assert_ptr_null(read_as(URI_PUSH, "x", &util_printer, false));
	ck_assert_int_eq(fault.id, FAULT_FILTER_DIALECT);
}
END_TEST

/* ---- XPath, against libxml2 on the instance as it is written ---- */

static xmlXPathContextPtr document(const struct prov_row *row)
{
	xmlXPathContextPtr ctx;
	struct buf out;
	xmlDocPtr doc;

	buf_init(&out, 100000);
	instance_write(&out, URI_WMI, row, true);
	doc = xmlReadMemory(buf_text(&out), (int)out.len, NULL, NULL, XML_PARSE_NONET);
	ck_assert_ptr_nonnull(doc);
	buf_done(&out);
	for (xmlNodePtr n = doc->children; n;) {	/* names are compared by their local part */
		n->ns = NULL;
		if (n->children && n->children->type == XML_ELEMENT_NODE) {
			n = n->children;
			continue;
		}
		while (n && !n->next)
			n = n->parent && n->parent->type == XML_ELEMENT_NODE ? n->parent : NULL;
		n = n ? n->next : NULL;
	}
	ctx = xmlXPathNewContext(doc);
	ctx->node = doc->children;
	return ctx;
}

static bool truth(const struct prov_row *row, const char *expr)
{
	xmlXPathContextPtr ctx = document(row);
	xmlXPathObjectPtr obj = xmlXPathEvalExpression((const xmlChar *)expr, ctx);
	bool ret;

	ck_assert_msg(obj != NULL, "%s", expr);
	ret = xmlXPathCastToBoolean(obj);
	xmlXPathFreeObject(obj);
	xmlFreeDoc(ctx->doc);
	xmlXPathFreeContext(ctx);
	return ret;
}

static void same_as_libxml(const char *expr)
{
	struct filter *f = read_as(URI_XPATH, expr, &util_printer, false);

	ck_assert_msg(f != NULL, "%s: %s", expr, fault.text);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_msg(filter_match(f, &rows[i]) == truth(&rows[i], expr), "%s of printer %u", expr, i + 1);
	filter_unref(f);
}

static const char *const xpaths[] = { "Count=1", "Count = '1'", "Count='01'", "Count!=1", "Count<2", "2 >= Count",
	"Count>-1", "Big = '18446744073709551615'", "Name='p1'", "Name='P1'", "Name!='p1'", "Nothing", "Nothing=''",
	"Nothing!=''", "Nothing/text()", "Note/text()", "Note/text()=''", "Note=''", "Small/text()=2", "Small!=2",
	"Active='true'", "Active!='true'", "Active='TRUE'", "Active='x'", "Pages", "Pages[2]", "Pages[3]", "Pages/Number=7",
	"Pages/Number!=7", "Pages[1]/Number=0", "Pages[Number=7]", "Pages[Text='Cover']", "Pages[2]/Text='Cover'",
	"Pages/Text", "Pages[1]/Text/text()", "Pages/Done='true'", "Count[.=1]", "Count[. > 1]", "/Printer/Count=1",
	"/Printer[Count=1]", "/Printer[Count>1 and Active='false']", "/Printer[Count>1][Active='false']",
	"/Printer[Count=1]/Name='p1'", "/Printer[Count=1]/Name='p2'", "./Count = 2", "not(Count=1)",
	"not(Count=1 or Count=2)", "Count=1 or Count=2 and Active='true'", "(Count=1 or Count=2) and Active='false'",
	"Count = 1 and not(Pages[3])", "Count[1]=1", "\"p1\" = Name", "Small > 65534", "Nothing > 0" };

START_TEST(xpath_means_what_it_means_on_the_instance)
{
	for (size_t i = 0; i < COUNT(xpaths) - 1; i++)
		same_as_libxml(xpaths[i]);
	ck_assert_str_eq(found(URI_XPATH, "p:Count = 10"), "3");
	ck_assert_str_eq(found(URI_XPATH, "Big=18446744073709551615"), "1");	/* exactly, not as a double */
	ck_assert_str_eq(found(URI_XPATH, "Big=18446744073709551614"), "");
}
END_TEST

START_TEST(xpath_beyond_simple_conditions_is_refused)
{
	static const char *const cases[] = { "", "1", "'x'", "Nope", "Nope=1", "Count=", "Count=1 and", "count(Pages)=1",
		"//Count=1", "Count/..", "Count=Small", "Count=1.5", "Count=true()", "true()", "Printer", "/Printer",
		"Printer[2]", "Printer[]", "Count[2]=1", "Name<'x'", "Name=5", "Active=1", "Pages=1", "Pages='x'",
		"Pages/text()", "Pages/Number/text()/x", "Pages[Number=7]/Text", "Pages[Number=7 and Text='']", "Count=1)",
		"(Count=1", "not Count=1", "not()", "Count=1 | Count=2", "Count=1 xor Count=2", "Name='open",
		"contains(Name,'p')", "@x", "*", ".", "..", "Count=99999999999999999999", "Count + 1 = 2",
		"Printer[Count=1", "document('x')" };

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(!strcmp(found(URI_XPATH, cases[i]), "refused"), "%s", cases[i]);
	ck_assert_ptr_null(read_as(URI_XPATH, "Count=1", NULL, false));
}
END_TEST

/* ---- random questions ---- */

static uint64_t seed;

static unsigned dice(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static bool naive_like(const char *p, const char *t)
{
	if (!*p)
		return !*t;
	if (*p == '%')
		return naive_like(p + 1, t) || (*t && naive_like(p, t + 1));
	return *t && (*p == '_' || (*p | 32) == (*t | 32)) && naive_like(p + 1, t + 1);
}

static int sign_of(int n)
{
	return n < 0 ? -1 : n > 0;
}

/* Writes a comparison and says of each printer, by walking it at once, what it comes to. */
static size_t random_test(char *out, size_t room, bool ret[3])
{
	static const char *const ops[] = { "=", "<>", "<", "<=", ">", ">=" };
	static const char *const texts[] = { "p1", "P2", "", "x", "stra" }, *const patterns[] = { "%", "p_", "%1%", "_%2", "%%p%" };
	static const size_t nums[] = { P_COUNT, P_SMALL, P_BIG };
	unsigned kind = dice(4), op = dice(6), n = dice(4), prop;
	const char *text = texts[dice(5)], *pattern = patterns[dice(5)];

	prop = kind == 0 ? (unsigned)nums[dice(3)] : kind == 1 ? P_NOTHING : kind == 2 ? P_NAME : dice(2) ? P_NOTHING : P_ACTIVE;
	for (unsigned i = 0; i < 3; i++) {
		const struct prov_value *v = &values[i][prop];
		int order = kind == 0 ? (v->num > n) - (v->num < n) : kind == 1 && v->set ? sign_of(strcasecmp(v->text, text)) : 0;
		bool is[] = { order == 0, order != 0, order < 0, order <= 0, order > 0, order >= 0 };

		ret[i] = kind == 3 ? !v->set : v->set && (kind == 2 ? naive_like(pattern, v->text) : is[op]);
	}
	if (kind == 0)
		return (size_t)snprintf(out, room, "%s %s %u", util_printer_props[prop].name, ops[op], n);
	if (kind == 1)
		return (size_t)snprintf(out, room, "%s %s '%s'", util_printer_props[prop].name, ops[op], text);
	if (kind == 2)
		return (size_t)snprintf(out, room, "%s LIKE '%s'", util_printer_props[prop].name, pattern);
	return (size_t)snprintf(out, room, "%s IS NULL", util_printer_props[prop].name);
}

static size_t random_question(char *out, size_t room, bool ret[3], unsigned depth)
{
	unsigned kind = depth ? dice(4) : 0;
	bool more[3];
	size_t at;

	if (kind == 0 || room < 400)
		return random_test(out, room, ret);
	at = (size_t)snprintf(out, room, kind == 1 ? "NOT (" : "(");
	at += random_question(out + at, room - at, ret, depth - 1);
	for (unsigned i = 0; i < 3; i++)
		ret[i] ^= kind == 1;
	if (kind == 1)
		return at + (size_t)snprintf(out + at, room - at, ")");
	at += (size_t)snprintf(out + at, room - at, kind == 2 ? ") AND (" : ") OR (");
	at += random_question(out + at, room - at, more, depth - 1);
	for (unsigned i = 0; i < 3; i++)
		ret[i] = kind == 2 ? ret[i] & more[i] : ret[i] | more[i];
	return at + (size_t)snprintf(out + at, room - at, ")");
}

START_TEST(random_wql_agrees_with_a_naive_evaluator)
{
	static char text[4096];
	bool want[3];

	printf("DRAY_SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < RANDOM_QUESTIONS; i++) {
		size_t at = (size_t)snprintf(text, sizeof(text), "select * from Printer where ");
		struct filter *f;

		random_question(text + at, sizeof(text) - at, want, 5);
		f = read_as(URI_WQL, text, NULL, false);
		ck_assert_msg(f != NULL, "%s: %s", text, fault.text);
		for (unsigned k = 0; k < 3; k++)
			ck_assert_msg(filter_match(f, &rows[k]) == want[k], "printer %u: %s", k + 1, text);
		filter_unref(f);
		arena_free(arena);
		arena = arena_new(64 << 20);
	}
}
END_TEST

/* No precedence in the text but that of the language: and, or, not() without a parenthesis more than needed. */
START_TEST(random_xpath_agrees_with_libxml2)
{
	char text[1024];

	printf("DRAY_SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < RANDOM_QUESTIONS / 10; i++) {
		size_t at = 0;

		for (unsigned n = dice(4) + 1; n; n--) {
			bool negated = dice(3) == 0;

			at += (size_t)snprintf(text + at, sizeof(text) - at, negated ? "not(%s)%s" : "%s%s",
			    xpaths[dice(COUNT(xpaths) - 1)], n == 1 ? "" : dice(2) ? " and " : " or ");
		}
		same_as_libxml(text);
	}
}
END_TEST

int main(void)
{
	const char *given = getenv("DRAY_SEED");
	Suite *suite = suite_create("wsm_filter");
	TCase *tc = tcase_create("filter");
	SRunner *runner;
	int failed;

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, wql_conditions_choose);
	tcase_add_test(tc, wql_that_makes_no_sense_is_refused_with_words);
	tcase_add_test(tc, a_projection_names_each_property_once_in_order);
	tcase_add_test(tc, event_queries_look_at_both_instances);
	tcase_add_test(tc, hostile_filters_are_refused_or_read_in_no_time);
	tcase_add_test(tc, sixty_four_levels_are_enough);
	tcase_add_test(tc, matching_takes_bounded_time);
	tcase_add_test(tc, selectors_are_equalities);
	tcase_add_test(tc, there_are_no_associations);
	tcase_add_test(tc, xpath_means_what_it_means_on_the_instance);
	tcase_add_test(tc, xpath_beyond_simple_conditions_is_refused);
	tcase_add_test(tc, random_wql_agrees_with_a_naive_evaluator);
	tcase_add_test(tc, random_xpath_agrees_with_libxml2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
