/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config_own.h: what the config*.c files share. For nobody else.
 */
#ifndef CONFIG_OWN_H
#define CONFIG_OWN_H

#include "agent/config.h"

/* One reading of all files. */
struct reading {
	struct config *c;
	const char *file;	/* that is being read */
	struct errinfo *ei;
	bool failed;		/* ei says why; the door adds file and line */
	const char *policy_file[POLICY__COUNT];	/* that said it last: its lines add up, another replaces */
};

/* The first complaint of a reading; fmt takes a and b, both texts. Always 0, inih's word for "stop here". */
int config_fail(struct reading *r, const char *fmt, const char *a, const char *b);
bool config_set_text(char **member, const char *value);	/* false: no memory */

/* config_value.c: a key of any section but those of config_policy.c. 0: refused. */
int config_on_key(struct reading *r, const char *section, const char *name, const char *value);
enum err config_set_defaults(struct reading *r);
/* config_policy.c: keys of [limits] and [bandwidth NAME]. 0: refused. */
bool config_is_profile(const char *section);
int config_on_limit(struct reading *r, const char *name, const char *value);
int config_on_profile(struct reading *r, const char *section, const char *name, const char *value);
void config_order_profiles(struct config *c);
void config_policy_done(struct config *c);
/* config_whole.c: what is not said, and what must hold of all of it together. */
enum err config_fill_places(struct config *c, struct errinfo *ei);
enum err config_check_whole(struct config *c, struct errinfo *ei);

#endif
