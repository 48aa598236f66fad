/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_tls_ahead.c: TLS read ahead: a record in one call of the kernel instead of two (its head,
 * then the rest). What is read ahead the socket does not tell of any more, and libcurl asks for decrypted bytes
 * only; so who drives libcurl asks here what is left, and has it read as if the socket had told.
 *
 * Each head of a record that OpenSSL looks at makes its connection one to ask about. One that was asked and has
 * looked at none since holds a part of a record, for the rest of which the socket does tell; or libcurl had
 * another request of the connection in mind (HTTP/2) and did not read. Nobody can tell which, so it is asked again
 * a little later.
 */
#include "engine/worker/xfer_tls.h"

#include <openssl/ssl.h>
#include <stdlib.h>

struct xfer_tls_reader {
	struct xfer_tls_reader *next, **prev;	/* in a list of xfer_tls_ahead; prev NULL: in none */
	SSL *ssl;
	int fd;				/* -1: nothing came by its socket so far */
};

static void forget(struct xfer_tls_reader *r)
{
	if (!r->prev)
		return;
	*r->prev = r->next;
	if (r->next)
		r->next->prev = r->prev;
	r->prev = NULL;
}

static void put(struct xfer_tls_reader **list, struct xfer_tls_reader *r)
{
	forget(r);
	r->next = *list;
	if (r->next)
		r->next->prev = &r->next;
	r->prev = list;
	*list = r;
}

static void on_gone(void *ssl, void *reader, CRYPTO_EX_DATA *all, int index, long number, void *arg)
{
	(void)ssl, (void)all, (void)index, (void)number, (void)arg;
	if (reader)
		forget(reader);
	free(reader);
}

static int slot(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_gone);
	return index;
}

static struct xfer_tls_reader *reader_of(SSL *ssl)
{
	struct xfer_tls_reader *r = SSL_get_ex_data(ssl, slot());

	if (r)
		return r;
	r = calloc(1, sizeof(*r));
	if (r && !SSL_set_ex_data(ssl, slot(), r)) {
		free(r);
		return NULL;
	}
	if (r) {
		r->ssl = ssl;
		r->fd = -1;
	}
	return r;
}

static void on_message(int sent, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	struct xfer_tls_ahead *all = arg;
	struct xfer_tls_reader *r = !sent && type == SSL3_RT_HEADER ? reader_of(ssl) : NULL;

	(void)version, (void)bytes, (void)len;
	if (sent || type != SSL3_RT_HEADER)
		return;
	if (!r) {
		SSL_set_read_ahead(ssl, 0);	/* no memory: from the next record on as without */
		return;
	}
	if (all->fd >= 0)
		r->fd = all->fd;
	put(&all->list, r);
}

bool xfer_tls_read_ahead(void *ssl_ctx, struct xfer_tls_ahead *all)
{
	if (slot() < 0)
		return false;
	SSL_CTX_set_read_ahead(ssl_ctx, 1);
	SSL_CTX_set_msg_callback(ssl_ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ssl_ctx, all);
	return true;
}

int xfer_tls_left(struct xfer_tls_ahead *all)
{
	struct xfer_tls_reader *r;

	while ((r = all->list)) {
		forget(r);
		if (r->fd >= 0 && SSL_has_pending(r->ssl)) {
			put(&all->asked, r);
			return r->fd;
		}
	}
	return -1;
}

void xfer_tls_ask_again(struct xfer_tls_ahead *all)
{
	while (all->asked)
		put(&all->list, all->asked);
}
