/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/envelope.c: request bytes -> struct msg. The only door to gSOAP.
 *
 * gSOAP is a codec here: it never owns a socket, sees no HTTP and reads only what gate_check()
 * let through. One struct soap (about 70 KiB) a thread, reused; what it read is copied into the
 * request's arena, so nothing of gSOAP's outlives this file. White space before the text of an element it
 * drops, in whatever mode, so it gets it as a reference, blanks.h.
 */
#include "wsman/msg.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "wsmH.h"

#include "wsman/blanks.h"
#include "wsman/gate.h"

#define KEEP_BYTES 65536	/* requests so large or larger leave nothing behind in gSOAP */

struct source { const char *p; size_t left; };

struct copy {
	struct arena *arena;
	bool failed;		/* out of memory; everything after it is empty */
};

static pthread_key_t soap_key;

static void free_soap(void *arg)
{
	struct soap *soap = arg;

	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
}

static void make_key(void)
{
	if (pthread_key_create(&soap_key, free_soap))
		abort();	/* once, at start; without it there is no service */
}

static size_t read_source(struct soap *soap, char *to, size_t room)
{
	struct source *src = soap->user;
	size_t n = src->left < room ? src->left : room;

	memcpy(to, src->p, n);
	src->p += n;
	src->left -= n;
	return n;
}

static struct soap *thread_soap(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct soap *soap;

	pthread_once(&once, make_key);
	soap = pthread_getspecific(soap_key);
	if (soap)
		return soap;
	soap = soap_new2(SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE, SOAP_ENC_PLAIN | SOAP_C_UTFSTRING);
	if (!soap)
		return NULL;
	soap->frecv = read_source;
	soap->maxlevel = GATE_DEPTH + 4;
	soap->maxoccurs = GATE_ELEMENTS;
	if (pthread_setspecific(soap_key, soap)) {
		soap_free(soap);
		return NULL;
	}
	return soap;
}

/* The tables that soap_end() clears are cleared by soap_begin_recv() again, and that is an eighth of a small request. */
static void forget(struct soap *soap, size_t len)
{
	soap->header = NULL;
	if (len < KEEP_BYTES) {
		soap_dealloc(soap, NULL);
		return;
	}
	soap_destroy(soap);
	soap_end(soap);
}

static const char *copy_text(struct copy *c, const char *text)
{
	const char *copy = text && *text ? arena_strdup(c->arena, text) : "";

	if (!copy)
		c->failed = true;
	return copy ? copy : "";
}

static const char *copy_opt(struct copy *c, const char *text)
{
	return text ? copy_text(c, text) : NULL;
}

static const char *local_name(const char *name)
{
	const char *colon = name ? strchr(name, ':') : NULL;

	return colon ? colon + 1 : name ? name : "";
}

static const struct attr *copy_attrs(struct copy *c, const struct soap_dom_attribute *from)
{
	const struct attr *first = NULL, **tail = &first;

	for (; from && !c->failed; from = from->next) {
		struct attr *a;

		if (!from->name || !strncmp(from->name, "xmlns", 5))
			continue;
		a = arena_zalloc(c->arena, sizeof(*a));
		if (!a) {
			c->failed = true;
			break;
		}
		a->ns = strchr(from->name, ':') ? copy_text(c, from->nstr) : "";
		a->name = copy_text(c, local_name(from->name));
		a->value = copy_text(c, from->text);
		*tail = a;
		tail = &a->next;
	}
	return first;
}

/* Depth is bounded by the gate. */
static const struct node *copy_list(struct copy *c, const struct soap_dom_element *from, size_t count)
{
	const struct node *first = NULL, **tail = &first;

	for (; from && count && !c->failed; from = count == SIZE_MAX ? from->next : from + 1) {
		struct node *n;

		if (count != SIZE_MAX)
			count--;
		if (!from->name)	/* text between elements */
			continue;
		n = arena_zalloc(c->arena, sizeof(*n));
		if (!n) {
			c->failed = true;
			break;
		}
		n->ns = copy_text(c, from->nstr);
		n->name = copy_text(c, local_name(from->name));
		n->first = copy_list(c, from->elts, SIZE_MAX);
		n->text = n->first ? "" : copy_text(c, from->text);
		n->attrs = copy_attrs(c, from->atts);
		*tail = n;
		tail = &n->next;
	}
	return first;
}

static const char *copy_address(struct copy *c, const struct a__Endpoint *endpoint)
{
	return endpoint ? copy_text(c, endpoint->Address) : NULL;
}

static void copy_headers(struct copy *c, const struct SOAP_ENV__Header *h, struct msg *m)
{
	m->action = copy_opt(c, h->a__Action);
	m->message_id = copy_opt(c, h->a__MessageID);
	m->to = copy_opt(c, h->a__To);
	m->reply_to = copy_address(c, h->a__ReplyTo);
	m->fault_to = copy_address(c, h->a__FaultTo);
	m->resource = copy_opt(c, h->w__ResourceURI);
	m->timeout = copy_opt(c, h->w__OperationTimeout);
	m->max_envelope = copy_opt(c, h->w__MaxEnvelopeSize);
	m->activity = copy_opt(c, h->p__ActivityId);
	m->locale_must = h->w__Locale && msg_true(h->w__Locale->SOAP_ENV__mustUnderstand);
	m->data_locale_must = h->p__DataLocale && msg_true(h->p__DataLocale->SOAP_ENV__mustUnderstand);
	if (h->w__FragmentTransfer) {
		m->fragment = copy_text(c, h->w__FragmentTransfer->__item);
		m->fragment_dialect = copy_opt(c, h->w__FragmentTransfer->Dialect);
		m->fragment_must = msg_true(h->w__FragmentTransfer->SOAP_ENV__mustUnderstand);
	}
	if (h->w__SelectorSet)
		m->selectors = copy_list(c, h->w__SelectorSet->__any, (size_t)h->w__SelectorSet->__size);
	if (h->w__OptionSet)
		m->options = copy_list(c, h->w__OptionSet->__any, (size_t)h->w__OptionSet->__size);
	m->other = copy_list(c, h->__any, (size_t)h->__size);
}

/* The children of s:Body, each as a tree. */
static bool read_body(struct soap *soap, struct copy *c, struct msg *m)
{
	const struct node **tail = &m->body;

	while (!soap_peek_element(soap)) {
		struct soap_dom_element *dom = soap_in_xsd__anyType(soap, NULL, NULL, NULL);

		if (!dom)
			return false;
		dom->next = NULL;
		*tail = copy_list(c, dom, 1);
		if (!*tail)
			return true;	/* c->failed */
		tail = (const struct node **)&(*tail)->next;
	}
	if (soap->error != SOAP_NO_TAG)
		return false;
	soap->error = SOAP_OK;
	return true;
}

static bool read_all(struct soap *soap, struct copy *c, struct msg *m)
{
	if (soap_begin_recv(soap) || soap_envelope_begin_in(soap) || soap_recv_header(soap) ||
	    soap_body_begin_in(soap))
		return false;
	if (soap->header)
		copy_headers(c, soap->header, m);
	return (!soap->body || read_body(soap, c, m)) && !soap_body_end_in(soap) && !soap_envelope_end_in(soap);
}

bool envelope_read(const char *bytes, size_t len, struct arena *arena, struct msg *ret, struct fault *fault)
{
	struct source src = { bytes, len };
	struct copy copy = { arena, false };
	struct soap *soap = thread_soap();
	struct msg m = { 0 };
	struct buf kept;
	bool ok;

	buf_init(&kept, 3 * len);
	if (blanks_keep(bytes, len, &kept))
		src = (struct source){ kept.data, kept.len };
	if (!soap || buf_bad(&kept)) {
		buf_done(&kept);
		return fault_set(fault, FAULT_BUSY, "Out of memory.");
	}
	soap->user = &src;
	soap->actor = uri_text[URI_ROLE_LAST];	/* or gSOAP passes over what is meant for us by name */
	ok = read_all(soap, &copy, &m);
	if (copy.failed || soap->error == SOAP_EOM)
		fault_set(fault, FAULT_BUSY, "Out of memory.");
	else if (!ok)
		fault_set(fault, FAULT_BAD_BODY, "The envelope can not be read (code %d).", soap->error);
	else
		*ret = m;
	forget(soap, len);
	buf_done(&kept);
	return ok && !copy.failed;
}
