/* SPDX-License-Identifier: MIT
 * engine/caps.c: see caps.h.
 */
#include "engine/caps.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define DAY (24 * 60)
#define EVERY_DAY 0x7f
#define KBIT_MAX 1000000000u
#define WORD 40

static const char *const day_names[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
static const char *const priorities[4] = { "foreground", "high", "normal", "low" };

struct reader {
	const char *p;
	char word[WORD];
	struct errinfo *ei;
	struct caps_rule rule;
	bool days, hours, values, is_else, done;	/* of this rule */
};

static enum err wrong(struct reader *r, const char *what)
{
	return err_set(r->ei, ERR_INVALID_ARG, "\"%s\": %s; a text like \"mon-fri 08:00-17:00 high=unlimited "
	    "normal=1000 low=0; else unlimited\" is expected (kbit/s).", r->word, what);
}

/* The next word into r->word; "" at the end of a rule. */
static bool next_word(struct reader *r)
{
	size_t len;

	r->p += strspn(r->p, " \t\r\n");
	len = strcspn(r->p, " \t\r\n;");
	snprintf(r->word, sizeof(r->word), "%.*s", (int)(len < WORD ? len : WORD - 1), r->p);
	if (len >= WORD)
		return false;
	r->p += len;
	return true;
}

static int day_of(const char *text, size_t len)
{
	char name[4] = "";

	if (len != 3)
		return -1;
	memcpy(name, text, 3);
	for (int i = 0; i < 7; i++)
		if (text_ieq(name, day_names[i]))
			return i;
	return -1;
}

/* "mon-fri,sun". 0: not days. */
static uint8_t days_of(const char *text)
{
	uint8_t days = 0;

	while (*text) {
		size_t len = strcspn(text, ","), dash = strcspn(text, "-,");
		int from = day_of(text, dash), to = from;

		if (dash < len)
			to = day_of(text + dash + 1, len - dash - 1);
		if (from < 0 || to < 0)
			return 0;
		for (int d = from;; d = (d + 1) % 7) {
			days |= (uint8_t)(1 << d);
			if (d == to)
				break;
		}
		text += len + (text[len] == ',');
	}
	return days;
}

static bool digits(const char *text, unsigned *ret)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*ret = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	return true;
}

/* "08:30" at the start of text. */
static bool minute_of(const char *text, uint16_t *ret)
{
	unsigned h, m;

	if (!digits(text, &h) || text[2] != ':' || !digits(text + 3, &m) || m > 59 || h * 60 + m > DAY)
		return false;
	*ret = (uint16_t)(h * 60 + m);
	return true;
}

static bool hours_of(struct reader *r)
{
	return strlen(r->word) == 11 && r->word[5] == '-' && minute_of(r->word, &r->rule.from) &&
	    minute_of(r->word + 6, &r->rule.to);
}

static bool from_to(struct reader *r)
{
	bool ok = next_word(r) && strlen(r->word) == 5 && minute_of(r->word, &r->rule.from);

	ok = ok && next_word(r) && text_ieq(r->word, "to");
	return ok && next_word(r) && strlen(r->word) == 5 && minute_of(r->word, &r->rule.to);
}

static bool amount_of(const char *text, uint64_t *ret)
{
	if (text_ieq(text, "unlimited"))
		*ret = CAPS_UNLIMITED;
	else if (text_ieq(text, "blocked"))
		*ret = 0;
	else
		return text[0] != '0' || !text[1] ? text_u64(text, 0, KBIT_MAX, ret) : false;
	return true;
}

static bool value_of(struct reader *r)
{
	const char *eq = strchr(r->word, '=');
	uint64_t v;

	if (!amount_of(eq ? eq + 1 : r->word, &v))
		return false;
	for (unsigned p = 1; p < 4; p++)
		if (!eq || (strlen(priorities[p]) == (size_t)(eq - r->word) &&
		    text_iprefix(r->word, priorities[p])))
			r->rule.kbit[p] = v;
	if (!eq)
		return true;
	for (unsigned p = 1; p < 4; p++)
		if (strlen(priorities[p]) == (size_t)(eq - r->word) && text_iprefix(r->word, priorities[p]))
			return true;
	return false;
}

static enum err take_word(struct reader *r)
{
	if (days_of(r->word) && !r->days && !r->hours && !r->values && !r->is_else) {
		r->rule.days = days_of(r->word);
		r->days = true;
	} else if (hours_of(r) && !r->hours && !r->is_else) {
		r->hours = true;
	} else if (text_ieq(r->word, "from") && !r->hours && !r->is_else) {
		if (!from_to(r))
			return wrong(r, "hours are written from 08:00 to 17:00");
		r->hours = true;
	} else if (value_of(r)) {
		r->values = true;
	} else {
		return wrong(r, "this is no day, hours or number here");
	}
	return ERR_OK;
}

static void begin_rule(struct reader *r, bool is_else)
{
	r->rule = (struct caps_rule){ EVERY_DAY, 0, DAY,
	    { CAPS_UNSAID, CAPS_UNSAID, CAPS_UNSAID, CAPS_UNSAID } };
	r->days = r->hours = r->values = r->done = false;
	r->is_else = is_else;
}

static enum err end_rule(struct reader *r, struct caps *ret)
{
	if (!r->values)
		return wrong(r, "a rule has no number");
	if (ret->n == CAPS_RULES)
		return wrong(r, "there are more than 32 rules");
	if (r->hours && r->rule.from == r->rule.to)
		return wrong(r, "hours that end when they begin");
	ret->rules[ret->n++] = r->rule;
	r->done = true;
	return ERR_OK;
}

enum err caps_parse(const char *text, struct caps *ret, struct errinfo *ei)
{
	struct reader r = { .p = text, .ei = ei };
	bool had_else = false;
	enum err err;

	ret->n = 0;
	if (strlen(text) > CAPS_TEXT)
		return err_set(ei, ERR_INVALID_ARG, "The text is longer than %d bytes.", CAPS_TEXT);
	begin_rule(&r, false);
	r.done = true;			/* an empty text is no rule */
	for (;;) {
		if (!next_word(&r))
			return wrong(&r, "this word is too long");
		if (!*r.word) {
			err = r.done ? ERR_OK : end_rule(&r, ret);
			if (err || !*r.p)
				return err;
			r.p++;
			begin_rule(&r, false);
			r.done = !r.p[strspn(r.p, " \t\r\n")];	/* a semicolon at the end is no rule */
			continue;
		}
		if (had_else && !r.is_else)
			return wrong(&r, "nothing comes after else");
		if (text_ieq(r.word, "else") && !had_else) {
			err = r.values ? end_rule(&r, ret) : ERR_OK;
			if (err || r.days || (r.hours && !r.values))
				return err ? err : wrong(&r, "else is for all other hours");
			begin_rule(&r, true);
			had_else = true;
			continue;
		}
		r.done = false;
		err = take_word(&r);
		if (err)
			return err;
	}
}

static bool covers(const struct caps_rule *r, unsigned minute)
{
	unsigned day = minute / DAY, m = minute % DAY, before = (day + 6) % 7;

	if (r->from < r->to)
		return (r->days >> day & 1) && m >= r->from && m < r->to;
	return ((r->days >> day & 1) && m >= r->from) || ((r->days >> before & 1) && m < r->to);
}

uint64_t caps_at(const struct caps *c, unsigned minute, unsigned priority)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->rules[i].kbit[priority] != CAPS_UNSAID && covers(&c->rules[i], minute))
			return c->rules[i].kbit[priority];
	return CAPS_UNSAID;
}

unsigned caps_next(const struct caps *c, unsigned minute)
{
	unsigned best = CAPS_WEEK, m = minute % DAY;

	for (unsigned i = 0; i < c->n; i++) {
		const uint16_t edges[] = { c->rules[i].from, c->rules[i].to, 0 };	/* 0: the day changes */

		for (unsigned k = 0; k < COUNT(edges); k++) {
			unsigned left = (edges[k] % DAY + DAY - m) % DAY;

			left = left ? left : DAY;
			best = left < best ? left : best;
		}
	}
	return best;
}

/* Together. */

static uint64_t least(uint64_t a, const struct caps *c, unsigned minute, unsigned priority)
{
	uint64_t b = c ? caps_at(c, minute, priority) : CAPS_UNSAID;

	return b < a ? b : a;
}

uint64_t caps_effective(const struct caps_set *set, unsigned minute, unsigned priority)
{
	uint64_t kbit = CAPS_UNSAID;

	if (priority == 0)
		return CAPS_UNLIMITED;
	kbit = least(kbit, set->maintenance, minute, priority);
	if (kbit == CAPS_UNSAID)
		kbit = least(kbit, set->schedule, minute, priority);
	kbit = least(kbit, set->internet, minute, priority);
	kbit = least(kbit, set->limit, minute, priority);
	kbit = least(kbit, set->place, minute, priority);
	if (kbit >= CAPS_UNLIMITED)
		return CAPS_UNLIMITED;
	return (kbit == 1 ? 2 : kbit) * 125;	/* 1 kbit/s would be no transfer at all */
}

unsigned caps_effective_next(const struct caps_set *set, unsigned minute)
{
	const struct caps *const all[] = { set->maintenance, set->schedule, set->internet, set->limit,
	    set->place };
	unsigned best = CAPS_WEEK, next;

	for (unsigned i = 0; i < COUNT(all); i++) {
		next = all[i] ? caps_next(all[i], minute) : CAPS_WEEK;
		best = next < best ? next : best;
	}
	return best;
}
