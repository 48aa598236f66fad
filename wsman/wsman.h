/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/wsman.h: the face of the WS-Management service.
 *
 * Two halves. wsm_handle() turns the bytes of one SOAP request of a known caller into the bytes
 * of its answer; it needs no socket, so every wire test runs in memory. The front (front.c)
 * is the HTTP server around it. Both see the world only through include/provider.h.
 */
#ifndef WSMAN_H
#define WSMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mailbox.h"
#include "include/provider.h"

/* One HTTP POST to somebody who subscribed. Its owner is who asked for it, until done() is called, once. */
struct wsm_push {
	const struct prov_caller *caller;	/* it is sent with his rights; borrowed */
	const char *url;		/* http or https */
	const char *content_type;
	const char *body;		/* borrowed */
	size_t len;
	uint32_t timeout_ms;		/* for all of it */

	int status;			/* of the answer; 0: there was none, ei says why */
	struct buf reply;		/* its body, 64 KiB at most; whoever owns the push frees it */
	struct errinfo ei;

	struct mailbox *home;		/* where done() runs */
	void *user;
	void (*done)(struct wsm_push *push);
	struct mail mail;		/* for whoever sends it */
};

/* Where events may be sent, and who sends them. Any thread. */
struct wsm_sinks {
	void *ctx;
	/* Is this address allowed? false: ei says why not, and what could be done. */
	bool (*may)(void *ctx, const struct prov_caller *caller, const char *url, struct errinfo *ei);
	void (*push)(void *ctx, struct wsm_push *push);
};

struct wsm_listener { char address[64]; uint16_t port; bool tls; };	/* numeric address */

struct wsm_config {
	const struct prov_class *const *classes;
	size_t nclasses;
	size_t max_envelope;		/* bytes of a request body and of an answer; 512000 */
	const char *vendor;		/* Identify: ProductVendor */
	const char *version;		/* Identify: version of this program */
	bool basic_over_http;		/* Identify: SecurityProfiles; 401: offer Basic */
	/* For winrm/config. */
	bool basic, allow_unencrypted;
	const struct wsm_listener *listeners;
	size_t nlisteners;
	const struct wsm_sinks *sinks;	/* NULL: events are only pulled */
};

struct wsm_service;

struct wsm_service *wsm_service_new(
    const struct wsm_config *config); /* copies config, borrows what it points to; NULL: no memory */
/* Sends no more events; who gave an address for it is told that this is the end. Takes 2 s at most. While the
 * sinks still work, and before what the classes stand on ends. NULL: nothing. */
void wsm_service_stop(struct wsm_service *svc);
void wsm_service_free(struct wsm_service *svc);	/* after the last request was answered */

/* A class as text, for people (MOF, DSP0004), for checking answers (XML Schema), and for tools that make calls
 * (WSDL; empty: nothing can be asked of the class itself). */
enum wsm_form { WSM_MOF, WSM_XSD, WSM_WSDL };
void wsm_describe(const struct prov_class *cls, enum wsm_form form, struct buf *out);

/* One SOAP message. The caller of wsm_handle() owns the struct until done() is called, exactly
 * once, on the thread of `home` (NULL: any thread, perhaps before wsm_handle() returns). */
struct wsm_request {
	const char *body;		/* borrowed until done() */
	size_t len;
	const struct prov_caller *caller;	/* borrowed until done(); NULL: anonymous, Identify only */
	const char *charset;		/* of the Content-Type; NULL or "": not said; borrowed by wsm_handle() only */
	const char *host;		/* the name the client has for us, port included; NULL: unknown; as caller */
	struct mailbox *home;
	void *user;
	bool utf16;			/* for done(): the reply is UTF-16, little-endian, with a mark */
	void (*done)(struct wsm_request *req, int http_status,
	    struct buf *reply); /* 200 or 500; reply: borrowed, or take its memory and buf_init() it */
	void *op;			/* private */
};

void wsm_handle(struct wsm_service *svc, struct wsm_request *req);
/* While done() is outstanding, on home's thread: how long the answer may take from now on, and
 * calling done() at once with "timed out". What the provider does goes on; its answer is dropped. */
uint64_t wsm_timeout_ms(const struct wsm_request *req);
void wsm_give_up(struct wsm_request *req);

/* Who is this? The front asks; it can not decide. */
struct wsm_login {
	const char *user, *password;	/* Basic, decoded; borrowed until done() */
	char peer[64];			/* address, for limits and logs */
	struct mailbox *home;
	void *user_data;
	enum { LOGIN_DENIED, LOGIN_OK, LOGIN_BUSY } result;	/* BUSY: 503 */
	struct prov_caller caller;	/* filled when LOGIN_OK */
	void (*done)(struct wsm_login *login);	/* once, on home's thread, perhaps before basic() returns */
	struct mail mail;		/* for whoever answers */
};

struct wsm_auth {
	void *ctx;
	/* NULL: Basic is not offered. */
	void (*basic)(void *ctx, struct wsm_login *login);
	/* Peer of a unix socket by its credentials; at once. false: refused. */
	bool (*peer)(void *ctx, unsigned uid, int pid, struct prov_caller *ret);
};

/* The HTTP front: nthreads loops on shared listening sockets. */
struct wsm_front;

struct wsm_front *wsm_front_new(struct wsm_service *svc, const struct wsm_auth *auth, unsigned nthreads);
/* Takes the listening, non-blocking socket fd. local: unix socket, callers by peer credentials. */
bool wsm_front_listen(struct wsm_front *front, int fd, bool local);
bool wsm_front_start(struct wsm_front *front);	/* starts the threads; accepting when it returns */
void wsm_front_stop(struct wsm_front *front); /* stops accepting, lets running requests end (bounded), joins */
void wsm_front_free(struct wsm_front *front);

#endif
