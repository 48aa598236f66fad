/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_tls.h: what a job may overlook in a server's certificate, and where its own is. With
 * xfer_tls*.c the door to OpenSSL of this floor. Worker thread only.
 */
#ifndef XFER_TLS_H
#define XFER_TLS_H

#include <stdbool.h>
#include <stdint.h>

#define XFER_TLS_PATH 512

/* May a job with these security flags pass over this X509_V_ERR_ number?
 * (EXCUSE in schemas/transfer.def) Pure. */
bool xfer_tls_excuses(long verify, uint64_t security);
/* ssl_ctx: OpenSSL's SSL_CTX *. What the flags excuse is no error of its handshakes. */
bool xfer_tls_excuse(void *ssl_ctx, uint64_t security);

/* A body without a length ends with the connection; then TLS's own goodbye has to come first, or anybody
 * between could cut the file short, and libcurl would not notice. ssl: OpenSSL's SSL *, which may go at
 * any time. NULL: no memory. */
struct xfer_tls_end;
struct xfer_tls_end *xfer_tls_watch(void *ssl);
bool xfer_tls_said_goodbye(struct xfer_tls_end *watched);	/* once; frees it */

/* Connections of a pool that read ahead (xfer_tls_ahead.c). fd: whose socket libcurl is told about right now; -1. It
 * outlives the connections. */
struct xfer_tls_ahead { struct xfer_tls_reader *list, *asked; int fd; };
bool xfer_tls_read_ahead(void *ssl_ctx, struct xfer_tls_ahead *all);
/* A socket whose connection may hold whole records nobody will tell of: libcurl has to be told that it is
 * readable. -1: none. */
int xfer_tls_left(struct xfer_tls_ahead *all);
/* Those that still are in `asked` some milliseconds later may have been passed over: xfer_tls_left() tells of them
 * once more. */
void xfer_tls_ask_again(struct xfer_tls_ahead *all);

struct xfer_tls_wish {
	uint64_t location;		/* 0 the owner's stores, 1 this machine's */
	const char *store;		/* a folder there; "": MY */
	const char *hash;		/* SHA-1 of the certificate, in hex; or "" and */
	const char *subject;		/* its common name, as written there, any case */
};

/* No prompt for a PIN on the agent's terminal, now and later. */
void xfer_tls_ask_nobody(void);

enum xfer_tls_found { XFER_TLS_FOUND, XFER_TLS_NO_KEY, XFER_TLS_NONE };

/* Looks through *.pem of the store. cert: the file, which may hold the key, too; key: where that is (NAME.key
 * beside NAME.pem otherwise). dirs: by location; NULL: ~/.config/dray/certs, /etc/dray/certs. */
enum xfer_tls_found xfer_tls_find(const char *const dirs[2], const struct xfer_tls_wish *wish,
    char cert[XFER_TLS_PATH], char key[XFER_TLS_PATH]);

#endif
