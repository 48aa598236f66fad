/* SPDX-License-Identifier: MIT
 * include/provider.h: what a WS-Management service may ask of the world.
 *
 * A class is a table (namespace, name, properties, methods) and a few functions. Values go in
 * and come out typed; names, XML and faults are the business of the other side. Everything is
 * asynchronous: a function takes the call and later calls prov_done() exactly once; a change
 * is answered only after it is durable. Source of the model: DSP0004 (CIM), DSP0226.
 */
#ifndef PROVIDER_H
#define PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/mailbox.h"

/* SECRET: a text taken as it is, white space too, that never gets into a fault or a log. OBJECTS, TEXTS and
 * OCTETS (uint8[]) are arrays; the last two and SECRET are for IN parameters only. */
enum cim_type { CIM_BOOL, CIM_U16, CIM_U32, CIM_U64, CIM_TEXT, CIM_SECRET, CIM_OBJECTS, CIM_TEXTS, CIM_OCTETS };

struct prov_class;
struct prov_row;

struct prov_value {
	bool set;			/* false: NULL */
	uint64_t num;			/* BOOL, U16, U32, U64 */
	const char *text;	/* TEXT: UTF-8; OCTETS: hex, lower case; lives as long as the call's arena */
	union {
		const struct prov_row *rows;	/* OBJECTS: embedded instances, in order */
		const char **texts;		/* TEXTS */
	};
	size_t nrows;			/* OBJECTS, TEXTS: how many; OCTETS: how many bytes */
};

/* One instance: one value a property, in the order of the class. */
struct prov_row {
	const struct prov_class *cls;
	const struct prov_value *values;
	uint64_t cursor;		/* enumerate: where to go on after this row */
};

enum prov_access { PROV_KEY, PROV_RO, PROV_RW };

struct prov_prop {			/* sorted by name, case ignored: the order of the wire */
	const char *name;
	enum cim_type type;
	enum prov_access access;
	const struct prov_class *embedded;	/* OBJECTS only */
	const char *help;
};

struct prov_param {			/* in the order of the MOF; ReturnValue is implied */
	const char *name;
	enum cim_type type;
	bool out;
	bool must;			/* IN: refused when missing */
	const char *help;
};

struct prov_method {
	const char *name;
	bool is_static;			/* no key selectors */
	const struct prov_param *params;
	size_t nparams;
};

enum prov_role { ROLE_NONE, ROLE_VIEWER, ROLE_USER, ROLE_ADMIN };	/* ordered */

struct prov_caller {
	int64_t uid;			/* -1: not (yet) anybody; never 0 by default */
	enum prov_role role;
	bool remote;			/* came over TCP: confined paths, no loopback */
	uint64_t session;
	char name[256];			/* who was proved; for people and logs */
};

struct prov_change {			/* Put: property of the class -> new value */
	size_t prop;
	struct prov_value value;	/* type already checked; range and state are the provider's */
};

/* Something became of an instance (CIM: __InstanceCreationEvent and its kin). Numbers grow for ever, over
 * restarts too; they are what a bookmark holds. */
enum prov_event_kind { PROV_CREATED = 1, PROV_MODIFIED = 2, PROV_DELETED = 4 };

struct prov_event {
	uint64_t number;
	enum prov_event_kind kind;
	struct prov_row row;		/* as it was then, as far as is still known; deleted: as it was last */
	const struct prov_row *previous;	/* before the change, as far as is known; NULL: unknown */
};

/* One operation. The caller fills the first part; the provider fills the second and calls
 * prov_done(). Memory for results comes from `arena`. */
struct prov_call {
	const struct prov_class *cls;
	const struct prov_caller *caller;
	struct arena *arena;
	const struct prov_value *keys;	/* one a key property, in class order; NULL for static and enumerate */
	const struct prov_change *changes;	/* put, create: writable properties only */
	size_t nchanges;
	const struct prov_method *method;	/* invoke */
	const struct prov_value *in;		/* invoke: one a parameter, OUT ones unset */
	uint64_t after;				/* enumerate: cursor of the last row seen, 0 to begin */
	size_t max_rows;			/* enumerate, watch: at most so many rows or events */
	uint32_t wait_ms;			/* watch: how long nothing may happen */

	struct prov_row row;			/* get, put */
	struct prov_row *rows;			/* enumerate */
	size_t nrows;
	bool at_end;				/* enumerate: nothing follows these rows */
	struct prov_value *out;			/* invoke: one a parameter, IN ones unset */
	uint32_t return_value;			/* invoke: 0 or a success code */
	const struct prov_event *events;	/* watch: what happened behind `after`, in order; none: time is up */
	size_t nevents;
	uint64_t next;				/* watch: to go on from */
	bool lost;				/* watch: what followed `after` is not all known any more; the events
						 * follow the number that `after` is now, which is known */
	struct errinfo ei;			/* why it failed, for a person */

	struct mailbox *home;			/* where done() runs; NULL: any thread, at once */
	bool turn;				/* what else waits on home's thread goes first */
	void (*done)(struct prov_call *call, enum err err);
	struct mail mail;			/* for prov_done() */
	enum err err;				/* for prov_done() */
};

struct prov_class {
	const char *ns;				/* lower case: root/microsoft/bits */
	const char *name;
	const char *provider;			/* named in faults */
	const struct prov_prop *props;
	size_t nprops;
	const struct prov_method *methods;
	size_t nmethods;
	enum prov_role may_read, may_write, may_invoke;	/* least role for get+enumerate, put, invoke */
	void *ctx;
	/* NULL: no property is writable (put), embedded only (enumerate), no methods (invoke), and so on. */
	void (*get)(const struct prov_class *cls, struct prov_call *call);
	void (*put)(const struct prov_class *cls, struct prov_call *call);
	void (*enumerate)(const struct prov_class *cls, struct prov_call *call);
	void (*invoke)(const struct prov_class *cls, struct prov_call *call);
	/* create: changes -> row, of which the keys count; keys NULL or what the client named. Arrays of embedded
	 * instances are among the changes, whatever their access. remove: keys. */
	void (*create)(const struct prov_class *cls, struct prov_call *call);
	void (*remove)(const struct prov_class *cls, struct prov_call *call);
	/* watch: waits for events behind `after` (UINT64_MAX: from now on; 0: the earliest known) */
	void (*watch)(const struct prov_class *cls, struct prov_call *call);
};

static inline void prov_done_mail_(struct mail *mail)
{
	struct prov_call *call = (struct prov_call *)((char *)mail - offsetof(struct prov_call, mail));

	call->done(call, call->err);
}

/* The provider is through with the call: result or ei filled. Any thread, once, and the last thing it does: the call
 * may be gone afterwards. On home's own thread done() runs at once. */
static inline void prov_done(struct prov_call *call, enum err err)
{
	call->err = err;
	if (!err_is_good(err) && !call->ei.text[0])
		err_plain(&call->ei, err);
	call->mail.run = prov_done_mail_;
	if (call->home && call->turn)
		mailbox_post(call->home, &call->mail);
	else if (call->home)
		mailbox_hand(call->home, &call->mail);
	else
		call->done(call, err);
}

#endif
