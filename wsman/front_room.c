/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/front_room.c: who has to go when a thread has too many connections or holds too many bytes.
 * The thread itself only.
 */
#include "wsman/front.h"

bool front_evict(struct front_thread *t)
{
	struct conn *out = NULL;

	for (struct conn *c = t->conns; c; c = conn_next(c))
		if (conn_worth(c) != CONN_SERVED && (!out || conn_worth(c) > conn_worth(out) ||
		    (conn_worth(c) == conn_worth(out) && conn_since_ms(c) <= conn_since_ms(out))))
			out = c;
	if (out)
		conn_close(out);
	return out;
}

/* Answers nobody reads may not fill the memory: the one that has waited longest is given up. */
static void relieve(struct front_thread *t, const struct conn *not)
{
	struct conn *out = NULL;

	if (t->stopping)	/* somebody is walking the list */
		return;
	for (struct conn *c = t->conns; c; c = conn_next(c))
		if (c != not && conn_is_stuck(c) && (!out || conn_since_ms(c) <= conn_since_ms(out)))
			out = c;
	if (out)
		conn_close(out);
}

void front_conn_memory(struct front_thread *t, struct conn *c, size_t before, size_t now)
{
	t->memory += now - before;
	if (now > before && t->memory > t->max_memory)
		relieve(t, c);
}
