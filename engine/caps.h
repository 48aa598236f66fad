/* SPDX-License-Identifier: MIT
 * engine/caps.h: how much background jobs may take at which hour of the week: the text an administrator
 * writes, and what it says at a moment. Pure; knows no clock.
 *
 *   text   = rule *( ";" rule )
 *   rule   = [ days ] [ hours ] value *( value )  |  "else" value *( value )
 *   days   = "mon" | "mon-fri" | "sat,sun" ...          none: every day
 *   hours  = "08:00-17:00" | "from 08:00 to 17:00"      past midnight: they belong to the day they begin on
 *   value  = amount | ("high" | "normal" | "low") "=" amount
 *   amount = kbit/s | "unlimited" | "blocked" (0)
 *
 * The first rule whose days, hours and priority fit decides; "else" stands last; where no rule fits, the text
 * says nothing. "512 from 08:00 to 17:00 else 0" is a text of this kind, too.
 */
#ifndef CAPS_H
#define CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"

#define CAPS_RULES 32
#define CAPS_TEXT 2000			/* bytes of a text at most */
#define CAPS_WEEK (7 * 24 * 60)
#define CAPS_UNSAID UINT64_MAX		/* no rule fits */
#define CAPS_UNLIMITED (UINT64_MAX - 1)

struct caps_rule {
	uint8_t days;			/* bit 0: Monday */
	uint16_t from, to;		/* minutes of the day; to <= from: past midnight */
	uint64_t kbit[4];		/* by priority; [0] is foreground, which nothing caps */
};

struct caps {
	unsigned n;			/* 0: an empty text */
	struct caps_rule rules[CAPS_RULES];
};

enum err caps_parse(const char *text, struct caps *ret, struct errinfo *ei);
/* kbit/s at that minute of the week (0: Monday, midnight) for that priority. */
uint64_t caps_at(const struct caps *c, unsigned minute, unsigned priority);
/* Minutes from then on until it may say something else; CAPS_WEEK at most. */
unsigned caps_next(const struct caps *c, unsigned minute);

/* What all of them come to. In the hours of `maintenance` it replaces `schedule`; what else says something
 * holds as well, so the smallest decides. Bytes a second; CAPS_UNLIMITED; 0: blocked. */
struct caps_set { const struct caps *maintenance, *schedule, *internet, *limit, *place; };	/* NULL: none */
uint64_t caps_effective(const struct caps_set *set, unsigned minute, unsigned priority);
unsigned caps_effective_next(const struct caps_set *set, unsigned minute);

#endif
