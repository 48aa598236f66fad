/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_config.c: the WinRM configuration of this service (MS-WSMV 3.1.4.1.28), to be read.
 *
 * One tree, schemas/winrm_config.def; each of its sections is a resource of its own, in a namespace of its
 * own. Listeners are instances: Get by Address and Transport, or Enumerate.
 */
#include "wsman/op.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "wsman/conn.h"

#define PATH_MAX_LEN 64
#define LISTENER_PATH "/listener"

/* ---- the tree ---- */

struct tree {
	struct buf *out;
	const char *want;		/* the section asked for: "" or "/service/auth" */
	char at[PATH_MAX_LEN];		/* where we are; the root is "" */
	int depth, inside;		/* sections open; of those, within what was asked for */
	bool found;
};

static void put_namespace(struct buf *out, const char *path)
{
	buf_adds(out, " xmlns:cfg=\"");
	buf_adds(out, uri_text[URI_CONFIG]);
	for (; *path; path++) {
		char lower[2] = { (char)(*path >= 'A' && *path <= 'Z' ? *path | 32 : *path), '\0' };

		buf_adds(out, lower);
	}
	buf_adds(out, "\"");
}

static void open_section(struct tree *t, const char *name)
{
	size_t len = strlen(t->at);
	bool start;

	if (t->depth++)
		snprintf(t->at + len, sizeof(t->at) - len, "/%s", name);
	start = !t->inside && text_ieq(t->at, t->want);
	if (!start && !t->inside)
		return;
	t->inside++;
	t->found = true;
	buf_addf(t->out, "<cfg:%s", name);
	if (start)
		put_namespace(t->out, t->at);
	if (start && t->depth == 1)
		buf_adds(t->out, " xml:lang=\"en-US\"");
	buf_adds(t->out, ">");
}

static void close_section(struct tree *t)
{
	char *slash = strrchr(t->at, '/');

	if (t->inside) {
		t->inside--;
		buf_addf(t->out, "</cfg:%s>", slash ? slash + 1 : "Config");
	}
	if (slash)
		*slash = '\0';
	t->depth--;
}

static void put_text(struct tree *t, const char *name, const char *value)
{
	if (!t->inside)
		return;
	buf_addf(t->out, "<cfg:%s>", name);
	buf_add_xml(t->out, value);
	buf_addf(t->out, "</cfg:%s>", name);
}

static void put_num(struct tree *t, const char *name, uint64_t value)
{
	if (t->inside)
		buf_addf(t->out, "<cfg:%s>%" PRIu64 "</cfg:%s>", name, value, name);
}

/* false: there is no such section. */
static bool write_tree(struct buf *out, const struct wsm_config *c, const char *want)
{
	struct tree t = { .out = out, .want = want };

#define CFG_OPEN(name) open_section(&t, #name);
#define CFG_CLOSE() close_section(&t);
#define CFG_NUM(name, value) put_num(&t, #name, value);
#define CFG_BOOL(name, value) put_text(&t, #name, (value) ? "true" : "false");
#define CFG_TEXT(name, value) put_text(&t, #name, value);
#include "schemas/winrm_config.def"
#undef CFG_OPEN
#undef CFG_CLOSE
#undef CFG_NUM
#undef CFG_BOOL
#undef CFG_TEXT
	return t.found;
}

/* ---- listeners ---- */

static const char *transport(const struct wsm_listener *l)
{
	return l->tls ? "HTTPS" : "HTTP";
}

/* "*" or "IP:127.0.0.1": how WinRM names what it listens on. */
static void name_listener(const struct wsm_listener *l, char out[80])
{
	bool any = !strcmp(l->address, "0.0.0.0") || !strcmp(l->address, "::");

	snprintf(out, 80, "%s%s", any ? "" : "IP:", any ? "*" : l->address);
}

static void write_listener(struct buf *out, const struct wsm_listener *l)
{
	struct tree t = { .out = out, .inside = 1 };
	char name[80];

	name_listener(l, name);
	buf_adds(out, "<cfg:Listener");
	put_namespace(out, LISTENER_PATH);
	buf_adds(out, " xml:lang=\"en-US\">");
	put_text(&t, "Address", name);
	put_text(&t, "Transport", transport(l));
	put_num(&t, "Port", l->port);
	put_text(&t, "Hostname", "");
	put_text(&t, "Enabled", "true");
	put_text(&t, "URLPrefix", "wsman");
	put_text(&t, "CertificateThumbprint", "");
	put_text(&t, "ListeningOn", l->address);
	buf_adds(out, "</cfg:Listener>");
}

static void write_listener_epr(struct buf *out, const struct wsm_listener *l)
{
	char name[80];

	name_listener(l, name);
	buf_addf(out, "<a:EndpointReference><a:Address>%s</a:Address><a:ReferenceParameters><w:ResourceURI>%s"
	    LISTENER_PATH "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"Address\">%s</w:Selector>"
	    "<w:Selector Name=\"Transport\">%s</w:Selector></w:SelectorSet></a:ReferenceParameters>"
	    "</a:EndpointReference>", uri_text[URI_ANONYMOUS], uri_text[URI_CONFIG], name,
	    transport(l));
}

static size_t count_listeners(const struct wsm_config *config, const char *ns)
{
	(void)ns;
	return config->nlisteners;
}

static void write_item(const struct wsm_config *config, const char *ns, size_t i, enum enum_mode mode,
    struct buf *out)
{
	const struct wsm_listener *l = &config->listeners[i];

	(void)ns;
	if (mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "<w:Item>");
	if (mode != ENUM_EPR)
		write_listener(out, l);
	if (mode != ENUM_OBJECT)
		write_listener_epr(out, l);
	if (mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "</w:Item>");
}

static size_t count_none(const struct wsm_config *config, const char *ns)
{
	(void)config, (void)ns;
	return 0;
}

const struct fixed_list *config_list(const char *path)
{
	static const struct fixed_list listeners = { count_listeners, write_item };
	static const struct fixed_list none = { count_none, NULL };

	return text_ieq(path, LISTENER_PATH) ? &listeners :
	    text_ieq(path, "/plugin") || text_ieq(path, "/service/certmapping") ? &none : NULL;
}

static bool same_address(const struct wsm_listener *l, const char *address)
{
	char name[80];

	name_listener(l, name);
	return text_ieq(address, name);
}

/* NULL: fault filled. */
static const struct wsm_listener *find_listener(struct op *op)
{
	const struct wsm_config *c = op_config(op);
	const char *address = NULL, *how = NULL;

	for (size_t i = 0; i < op->selectors.count; i++) {
		const struct selector *s = &op->selectors.list[i];

		if (text_ieq(s->name, "Address")) {
			address = s->value;
		} else if (text_ieq(s->name, "Transport")) {
			how = s->value;
		} else {
			fault_set(&op->fault, FAULT_SELECTOR_UNEXPECTED,
			    "The selector %.100s names no key of a listener.", s->name);
			return NULL;
		}
	}
	if (!address || !how) {
		fault_set(&op->fault, FAULT_SELECTOR_MISSING,
		    "A listener is chosen by the selectors Address and Transport.");
		return NULL;
	}
	for (size_t i = 0; i < c->nlisteners; i++)
		if (same_address(&c->listeners[i], address) && text_ieq(transport(&c->listeners[i]), how))
			return &c->listeners[i];
	fault_set(&op->fault, FAULT_NO_INSTANCE, "There is no such listener.");
	return NULL;
}

/* ---- operations ---- */

static void get_listener(struct op *op)
{
	const struct wsm_listener *l = find_listener(op);
	struct buf out;

	if (!l) {
		op_fail(op);
		return;
	}
	op_begin(op, &out, REPLY_TRANSFER);
	write_listener(&out, l);
	reply_end(&out);
	op_send(op, &out);
}

void op_config_get(struct op *op)
{
	struct buf out;

	if (text_ieq(op->res.path, LISTENER_PATH)) {
		get_listener(op);
		return;
	}
	op_begin(op, &out, REPLY_TRANSFER);
	if (!write_tree(&out, op_config(op), op->res.path)) {
		buf_done(&out);
		op_refuse(op, FAULT_NO_RESOURCE, config_list(op->res.path) ?
		    "There is no such instance in the configuration." :
		    "The configuration has no such section.");
		return;
	}
	reply_end(&out);
	op_send(op, &out);
}

void op_config_refuse(struct op *op)
{
	op_refuse(op, FAULT_ACCESS_DENIED, "The configuration is read-only here; change it in dray.conf.");
}
