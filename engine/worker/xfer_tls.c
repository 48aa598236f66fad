/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_tls.c: certificates of servers that a job wants to overlook something in; see xfer_tls.h.
 */
#include "engine/worker/xfer_tls.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "engine/base/auto.h"

bool xfer_tls_excuses(long verify, uint64_t security)
{
	static const struct { uint64_t flag; long verify; } excuses[] = {
#define EXCUSE(flag, number) { flag, number },
#include "schemas/transfer.def"
#undef EXCUSE
	};

	for (size_t i = 0; i < COUNT(excuses); i++)
		if (excuses[i].verify == verify && excuses[i].flag & security)
			return true;
	return false;
}

static int slot(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

/* Called for each thing that is wrong, and for each certificate that is right. libcurl asks for the last
 * error afterwards; what was passed over must not be it. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	uint64_t security = (uintptr_t)SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot());

	if (ok || !xfer_tls_excuses(X509_STORE_CTX_get_error(store), security))
		return ok;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

bool xfer_tls_excuse(void *ssl_ctx, uint64_t security)
{
	if (slot() < 0 || !SSL_CTX_set_ex_data(ssl_ctx, slot(), (void *)(uintptr_t)security))
		return false;
	SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, on_verify);
	return true;
}

/* The connection is libcurl's: it goes when libcurl wants it to, with all that hangs on it (to hold it longer
 * is to use its BIO after libcurl has freed the method of it). What is learnt of it stands apart, and goes with
 * the last of the two who know it. One thread. */
struct xfer_tls_end { unsigned refs; bool said; };

static void let_go(struct xfer_tls_end *end)
{
	if (end && !--end->refs)
		free(end);
}

static void on_gone(void *ssl, void *end, CRYPTO_EX_DATA *all, int index, long number, void *arg)
{
	(void)ssl, (void)all, (void)index, (void)number, (void)arg;
	let_go(end);
}

static int end_slot(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_gone);
	return index;
}

static void on_info(const SSL *ssl, int where, int alert)
{
	struct xfer_tls_end *end = SSL_get_ex_data(ssl, end_slot());

	if (end && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (alert & 0xff) == SSL_AD_CLOSE_NOTIFY)
		end->said = true;
}

struct xfer_tls_end *xfer_tls_watch(void *ssl)
{
	struct xfer_tls_end *end = end_slot() < 0 ? NULL : calloc(1, sizeof(*end)), *old;

	if (!end)
		return NULL;
	old = SSL_get_ex_data(ssl, end_slot());
	if (!SSL_set_ex_data(ssl, end_slot(), end)) {
		free(end);
		return NULL;
	}
	let_go(old);
	end->refs = 2;
	SSL_set_info_callback(ssl, on_info);
	return end;
}

bool xfer_tls_said_goodbye(struct xfer_tls_end *watched)
{
	bool said = watched->said;

	let_go(watched);
	return said;
}
