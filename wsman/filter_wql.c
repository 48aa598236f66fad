/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_wql.c: what a WQL or CQL query says about which class. The grammar is wql.y, the words are
 * wql_lex.re, what a comparison means is filter_wql_cond.c.
 */
#include "wsman/filter_wql.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#include "wql_parse.h"

#define COLUMNS_MAX 256

bool wql_fail(struct wql *w, const char *fmt, ...)
{
	char text[sizeof(w->fault->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!w->failed)
		fault_set(w->fault, FAULT_FILTER_BAD, "%s", text);
	w->failed = true;
	return false;
}

bool wql_no_memory(struct wql *w)
{
	if (!w->failed)
		fault_set(w->fault, FAULT_BUSY, "Out of memory.");
	w->failed = true;
	return false;
}

bool wql_is(struct wql_token t, const char *word)
{
	return strlen(word) == t.len && !strncasecmp(t.p, word, t.len);
}

bool wql_is_instance(struct wql_token t, bool *ret_previous)
{
	*ret_previous = wql_is(t, "PreviousInstance") || wql_is(t, "PreviousSourceInstance");
	return *ret_previous || wql_is(t, "TargetInstance") || wql_is(t, "SourceInstance");
}

/* Classes of events, Microsoft's and DMTF's. */
unsigned wql_event_kinds(struct wql_token t)
{
	static const struct { const char *name; unsigned kinds; } events[] = {
		{ "__InstanceCreationEvent", PROV_CREATED },
		{ "__InstanceModificationEvent", PROV_MODIFIED },
		{ "__InstanceDeletionEvent", PROV_DELETED },
		{ "__InstanceOperationEvent", PROV_CREATED | PROV_MODIFIED | PROV_DELETED },
		{ "CIM_InstCreation", PROV_CREATED },
		{ "CIM_InstModification", PROV_MODIFIED },
		{ "CIM_InstDeletion", PROV_DELETED },
		{ "CIM_InstIndication", PROV_CREATED | PROV_MODIFIED | PROV_DELETED },
	};

	for (size_t i = 0; i < COUNT(events); i++)
		if (wql_is(t, events[i].name))
			return events[i].kinds;
	return 0;
}

/* A word, or a string without its quotes and backslashes. NULL: out of memory. */
const char *wql_plain(struct wql *w, struct wql_token t)
{
	char quote = t.len && (*t.p == '"' || *t.p == '\'') ? *t.p : 0;
	const char *p = t.p + !!quote, *end = t.p + t.len - !!quote;
	char *ret = arena_zalloc(w->f->arena, t.len + 1), *to = ret;

	while (ret && p < end) {
		if (quote && *p == '\\')
			p++;
		*to++ = *p++;
	}
	if (!ret)
		wql_no_memory(w);
	return ret;
}

const struct prov_class *wql_class(struct wql *w, struct wql_token t)
{
	const char *name = wql_plain(w, t);
	const struct prov_class *cls = name ? resource_class(w->ask->classes, w->ask->ns, name) : NULL;

	if (!cls && name)
		wql_fail(w, "There is no class %.100s%s%s.", name, w->ask->ns ? " in the namespace " : "",
		    w->ask->ns ? w->ask->ns : "");
	return cls;
}

/* ---- select and from ---- */

void wql_column_all(struct wql *w)
{
	w->all = true;
}

void wql_column(struct wql *w, struct wql_token of, struct wql_token name)
{
	if (w->ncolumns == COLUMNS_MAX)
		wql_fail(w, "The query names too many columns.");
	else
		w->columns[w->ncolumns++] = (struct wql_column){ of, name };
}

/* false: failed. What events have of their own (TIME_CREATED, names that begin with __) is never sent, and
 * TargetInstance is all of it. */
static bool read_column(struct wql *w, const struct wql_column *c, bool *wanted)
{
	const struct prov_class *cls = w->f->cls;
	size_t prop = filter_prop(cls, c->name.p, c->name.len);
	bool previous, instance = wql_is_instance(c->of.len ? c->of : c->name, &previous);

	if (w->event && !c->of.len && instance)
		w->all = true;
	if (c->name.len > 2 && !memcmp(c->name.p, "__", 2))
		return true;
	if (w->event && (!c->of.len || previous))
		return true;
	if (c->of.len && !(w->ask->events && instance) && !wql_is(c->of, cls->name))
		return wql_fail(w, "%.*s is neither TargetInstance nor the class of the query.",
		    wql_short(c->of), c->of.p);
	if (prop == cls->nprops)
		return wql_fail(w, "The class %s has no property %.*s.", cls->name, wql_short(c->name),
		    c->name.p);
	wanted[prop] = true;
	return true;
}

static void read_columns(struct wql *w)
{
	size_t n = w->f->cls->nprops;
	bool *wanted = arena_zalloc(w->f->arena, n);

	w->f->columns = arena_zalloc(w->f->arena, n * sizeof(*w->f->columns));
	if (!wanted || !w->f->columns) {
		wql_no_memory(w);
		return;
	}
	for (size_t i = 0; i < w->ncolumns; i++)
		if (!read_column(w, &w->columns[i], wanted))
			return;
	for (size_t i = 0; i < n && !w->all; i++)
		if (wanted[i])
			w->f->columns[w->f->ncolumns++] = i;
	if (!w->all && !w->f->ncolumns)
		wql_fail(w, "The query names no property of %s.", w->f->cls->name);
}

void wql_from(struct wql *w, struct wql_token name)
{
	unsigned kinds = w->ask->events ? wql_event_kinds(name) : 0;

	if (w->failed)
		return;
	w->event = kinds;
	if (!kinds) {
		w->f->cls = wql_class(w, name);
	} else {
		w->f->kinds = kinds;
		w->f->cls = w->isa.len ? wql_class(w, w->isa) : w->ask->cls;
	}
	if (!w->f->cls && !w->failed)
		wql_fail(w, "The query does not say of what class: where TargetInstance isa 'Class'.");
	if (!w->failed)
		read_columns(w);
}

/* ---- the whole ---- */

/* The class of an event query stands somewhere behind WHERE, but every condition needs it. */
static void find_isa(struct wql *w, const char *text)
{
	struct wql_token was = { text, 0 }, now;
	bool isa = false, previous;
	int word;

	while ((word = wql_lex(&text, &now)) > 0) {
		if (isa && (word == WQL_STRING || word == WQL_WORD)) {
			w->isa = now;
			return;
		}
		isa = word == WQL_ISA && wql_is_instance(was, &previous);
		was = now;
	}
}

void wql_syntax(struct wql *w, struct wql_token at)
{
	if (!at.len)
		wql_fail(w, "The query ends too early.");
	else
		wql_fail(w, "The query cannot be read from \"%.*s\" on.", wql_short(at), at.p);
}

void wql_too_deep(struct wql *w)
{
	wql_fail(w, "The query is nested too deeply.");
}

/* One after the other: 64 parentheses open at once, 64 NOTs in a row. */
static bool too_deep(int word, unsigned *open, unsigned *nots)
{
	*open += word == WQL_LP;
	*open -= word == WQL_RP && *open;
	*nots = word == WQL_NOT ? *nots + 1 : 0;
	return *open > FILTER_DEPTH || *nots > FILTER_DEPTH;
}

static void read_words(struct wql *w, void *parser, const char *text)
{
	unsigned open = 0, nots = 0;
	struct wql_token token;
	int word;

	do {
		word = wql_lex(&text, &token);
		if (word < 0)
			wql_syntax(w, token);
		else if (too_deep(word, &open, &nots))
			wql_too_deep(w);
		else
			wql_parse(parser, word, token, w);
	} while (word > 0 && !w->failed);
}

static bool is_about_associations(const char *text)
{
	struct wql_token first;

	return wql_lex(&text, &first) == WQL_WORD &&
	    (wql_is(first, "associators") || wql_is(first, "references"));
}

static bool read_all(struct wql *w, const char *text)
{
	void *parser;

	if (strlen(text) > FILTER_TEXT_MAX)
		return wql_fail(w, "The query is longer than %d bytes.", FILTER_TEXT_MAX);
	if (is_about_associations(text))
		return wql_fail(w, "There are no associations here, and no ASSOCIATORS OF or REFERENCES OF.");
	w->columns = malloc(COLUMNS_MAX * sizeof(*w->columns));
	parser = w->columns ? wql_parseAlloc(malloc) : NULL;
	if (!parser)
		return wql_no_memory(w);
	if (w->ask->events)
		find_isa(w, text);
	read_words(w, parser, text);
	wql_parseFree(parser, free);
	return !w->failed;
}

bool filter_read_wql(const struct filter_ask *ask, const char *text, struct filter *f, struct fault *fault)
{
	struct wql w = { .ask = ask, .f = f, .fault = fault };
	bool ok = read_all(&w, text);

	free(w.columns);
	return ok;
}
