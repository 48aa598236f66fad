/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_setting.c: the methods that set what a job says to servers and proxies: credentials,
 * proxies, client certificate. Numbers of Microsoft's class begin at 0 where BITS begins at 1
 * (WMI MOF of the BITS provider; BG_AUTH_TARGET, BG_AUTH_SCHEME).
 */
#include "agent/prov.h"

#include <string.h>

static void slot(const struct prov_invoke *x, struct eng_credential *c)
{
	uint32_t first = prov_family_of(x->cls) == FAMILY_BITS;

	*c = (struct eng_credential){ .target = (uint32_t)prov_in_num(x->call, "Target", 0) + first,
	    .scheme = (uint32_t)prov_in_num(x->call, "Scheme", 0) + first };
}

enum err prov_set_credentials(struct prov_invoke *x)
{
	struct eng_credential *c = &x->ec->cred;

	slot(x, c);
	c->user = prov_in_text(x->call, "UserName");
	c->password = prov_in_text(x->call, "Password");
	if (c->password && !c->user)
		return err_set(&x->call->ei, ERR_INVALID_ARG, "There is a password but no UserName.");
	if (c->user && !c->password)
		c->password = "";
	return prov_change(x, ENG_CREDENTIAL);
}

enum err prov_remove_credentials(struct prov_invoke *x)
{
	slot(x, &x->ec->cred);
	x->ec->cred.remove = true;
	return prov_change(x, ENG_CREDENTIAL);
}

/* Several properties at once: all or none. */
static enum err set(struct prov_invoke *x, const struct eng_change *changes, size_t n)
{
	struct eng_change *c = arena_zalloc(x->call->arena, n * sizeof(*c));

	if (!c)
		return ERR_NO_MEMORY;
	memcpy(c, changes, n * sizeof(*c));
	x->ec->changes = c;
	x->ec->nchanges = n;
	return prov_change(x, ENG_SET);
}

#define OVERRIDE 2

enum err prov_set_proxy(struct prov_invoke *x)
{
	uint64_t usage = prov_in_num(x->call, "ProxyUsage", 0);
	const char *list = prov_in_text(x->call, "ProxyList"),
	    *bypass = prov_in_text(x->call, "ProxyBypassList");

	if (usage != OVERRIDE && ((list && list[0]) || (bypass && bypass[0])))
		return err_set(&x->call->ei, ERR_INVALID_ARG,
		    "ProxyList and ProxyBypassList are for ProxyUsage 2 "
		    "only.");
	if (usage == OVERRIDE && !(list && list[0]))
		return err_set(&x->call->ei, ERR_INVALID_ARG, "ProxyUsage 2 needs a ProxyList.");
	return set(x, (struct eng_change[]){ { JOB_PROP_ProxyUsage, usage, NULL },
		{ JOB_PROP_ProxyList, 0, list ? list : "" },
		{ JOB_PROP_ProxyBypassList, 0, bypass ? bypass : "" } }, 3);
}

static enum err certificate(struct prov_invoke *x, uint64_t location, const char *store, const char *hash,
    const char *subject)
{
	return set(x, (struct eng_change[]){ { JOB_PROP_ClientCertificateLocation, location, NULL },
		{ JOB_PROP_ClientCertificateStore, 0, store }, { JOB_PROP_ClientCertificateHash, 0, hash },
		{ JOB_PROP_ClientCertificateSubject, 0, subject } }, 4);
}

/* SetClientCertificateById and ...ByName. */
enum err prov_set_certificate(struct prov_invoke *x)
{
	const struct prov_value *hash = prov_in(x->call, "CertHash");
	const char *subject = prov_in_text(x->call, "SubjectName");

	if (hash && hash->nrows != 20)
		return err_set(&x->call->ei, ERR_BAD_HASH,
		    "CertHash is the SHA-1 of the certificate, 20 bytes, not "
		    "%zu.", hash->nrows);
	if (!hash && !(subject && subject[0]))
		return err_set(&x->call->ei, ERR_INVALID_ARG, "SubjectName is empty.");
	return certificate(x, prov_in_num(x->call, "CertStoreLocation", 0), prov_in_text(x->call, "StoreName"),
	    hash ? hash->text : "", hash ? "" : subject);
}

enum err prov_remove_certificate(struct prov_invoke *x)
{
	const struct job_opt *o = x->view->opt;

	if (!o->cert_hash[0] && !o->cert_subject[0] && !o->cert_store[0]) {
		x->call->return_value = err_hresult(ERR_UNCHANGED);
		prov_done(x->call, ERR_OK);
		return ERR_OK;
	}
	return certificate(x, 0, "", "", "");
}

enum err prov_hide_headers(struct prov_invoke *x)
{
	return set(x, (struct eng_change[]){ { JOB_PROP_CustomHeadersWriteOnly, 1, NULL } }, 1);
}
