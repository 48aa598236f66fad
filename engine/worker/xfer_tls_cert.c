/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_tls_cert.c: a job's own certificate, looked for in folders of PEM files; see xfer_tls.h.
 */
#include "engine/worker/xfer_tls.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define FILES_MAX 1000		/* looked at */

static bool find_store(const char *const dirs[2], const struct xfer_tls_wish *wish, char out[XFER_TLS_PATH])
{
	const char *store = *wish->store ? wish->store : "MY", *dir = dirs[wish->location ? 1 : 0];
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct passwd *pw;
	int n;

	if (strchr(store, '/') || *store == '.')	/* a name, not a path */
		return false;
	if (!home && (pw = getpwuid(geteuid())))
		home = pw->pw_dir;
	if (dir)
		n = snprintf(out, XFER_TLS_PATH, "%s/%s", dir, store);
	else if (wish->location)
		n = snprintf(out, XFER_TLS_PATH, "/etc/dray/certs/%s", store);
	else if (config && *config == '/')
		n = snprintf(out, XFER_TLS_PATH, "%s/dray/certs/%s", config, store);
	else
		n = snprintf(out, XFER_TLS_PATH, "%s/.config/dray/certs/%s", home ? home : "", store);
	return n < XFER_TLS_PATH;
}

static bool has_hash(X509 *cert, const char *hash)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned len = 0;

	if (!X509_digest(cert, EVP_sha1(), sum, &len))
		return false;
	for (unsigned i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
	return !strcasecmp(text, hash);
}

static bool has_subject(X509 *cert, const char *subject)
{
	char name[300] = "";

	return X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name)) > 0 &&
	    !strcasecmp(name, subject);
}

static bool is_wished(const char *path, const struct xfer_tls_wish *wish)
{
	FILE *f = fopen(path, "re");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	bool yes = cert && (*wish->hash ? has_hash(cert, wish->hash) : has_subject(cert, wish->subject));

	X509_free(cert);
	if (f)
		fclose(f);
	return yes;
}

void xfer_tls_ask_nobody(void)
{
	UI_set_default_method(UI_null());
}

static int no_password(char *out, int room, int writing, void *arg)
{
	(void)out;
	(void)room;
	(void)writing;
	(void)arg;
	return -1;			/* nobody can be asked here */
}

static bool has_key(const char *path)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, no_password, NULL) : NULL;
	bool yes = key;

	EVP_PKEY_free(key);
	if (f)
		fclose(f);
	return yes;
}

static bool find_key(const char *cert, char key[XFER_TLS_PATH])
{
	snprintf(key, XFER_TLS_PATH, "%s", cert);
	if (has_key(key))
		return true;
	snprintf(key + strlen(key) - 4, 5, ".key");
	return has_key(key);
}

enum xfer_tls_found xfer_tls_find(const char *const dirs[2], const struct xfer_tls_wish *wish,
    char cert[XFER_TLS_PATH], char key[XFER_TLS_PATH])
{
	enum xfer_tls_found found = XFER_TLS_NONE;
	char store[XFER_TLS_PATH];
	struct dirent *e;
	DIR *dir;

	if (!find_store(dirs, wish, store) || !(dir = opendir(store)))
		return XFER_TLS_NONE;
	for (int i = 0; found == XFER_TLS_NONE && i < FILES_MAX && (e = readdir(dir)); i++) {
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 4, ".pem") ||
		    snprintf(cert, XFER_TLS_PATH, "%s/%s", store, e->d_name) >= XFER_TLS_PATH)
			continue;
		if (is_wished(cert, wish))
			found = find_key(cert, key) ? XFER_TLS_FOUND : XFER_TLS_NO_KEY;
	}
	closedir(dir);
	return found;
}
