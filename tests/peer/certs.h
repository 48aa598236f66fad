/* SPDX-License-Identifier: MIT
 * tests/peer/certs.h: certificates of every kind, made when a test needs them. Header only.
 */
#ifndef CERTS_H
#define CERTS_H

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct made {
	X509 *cert;
	EVP_PKEY *key;
};

struct wish {
	const char *name;		/* common name */
	const char *alt;		/* "DNS:x,IP:127.0.0.1"; NULL: none */
	const struct made *by;		/* NULL: by itself */
	long from_s, to_s;		/* from now on; 0 and 0: an hour around now */
	int authority, rsa_bits;	/* 0 bits: an elliptic curve */
	const char *usage;		/* extended; NULL: none */
};

static inline void certs_extend(X509 *cert, X509 *by, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, by, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

static inline struct made certs_make(struct wish w)
{
	static long serial = 1000;
	struct made m = { X509_new(), w.rsa_bits ? EVP_RSA_gen((unsigned)w.rsa_bits) : EVP_EC_gen("P-256") };
	X509_NAME *name = X509_get_subject_name(m.cert);

	ck_assert_ptr_nonnull(m.key);
	X509_set_version(m.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(m.cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(m.cert), w.to_s ? w.from_s : -3600);
	X509_gmtime_adj(X509_getm_notAfter(m.cert), w.to_s ? w.to_s : 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)w.name, -1, -1, 0);
	X509_set_issuer_name(m.cert, w.by ? X509_get_subject_name(w.by->cert) : name);
	X509_set_pubkey(m.cert, m.key);
	certs_extend(m.cert, m.cert, NID_basic_constraints, w.authority ? "critical,CA:TRUE" : "CA:FALSE");
	if (w.authority)
		certs_extend(m.cert, m.cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (w.alt)
		certs_extend(m.cert, m.cert, NID_subject_alt_name, w.alt);
	if (w.usage)
		certs_extend(m.cert, m.cert, NID_ext_key_usage, w.usage);
	ck_assert_int_gt(X509_sign(m.cert, w.by ? w.by->key : m.key, EVP_sha256()), 0);
	return m;
}

static inline void certs_free(struct made *m)
{
	X509_free(m->cert);
	EVP_PKEY_free(m->key);
}

static inline void certs_write(const char *file, const char *mode, const struct made *m, int with_key)
{
	FILE *f = fopen(file, mode);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_X509(f, m->cert), 1);
	if (with_key)
		ck_assert_int_eq(PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static inline void certs_write_key(const char *file, const struct made *m)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

/* A list of what `by` has revoked; NULL: nothing. */
static inline void certs_write_crl(const char *file, const struct made *by, const struct made *revoked)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *later = X509_gmtime_adj(NULL, 3600);
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->cert));
	X509_CRL_set1_lastUpdate(crl, now);
	X509_CRL_set1_nextUpdate(crl, later);
	if (revoked) {
		X509_REVOKED *r = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(revoked->cert));
		X509_REVOKED_set_revocationDate(r, now);
		X509_CRL_add0_revoked(crl, r);
	}
	ck_assert_int_gt(X509_CRL_sign(crl, by->key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_X509_CRL(f, crl), 1);
	fclose(f);
	ASN1_TIME_free(now);
	ASN1_TIME_free(later);
	X509_CRL_free(crl);
}

static inline void certs_hash(const struct made *m, char out[41])
{
	unsigned char sum[20];
	unsigned len = sizeof(sum);

	ck_assert_int_eq(X509_digest(m->cert, EVP_sha1(), sum, &len), 1);
	for (int i = 0; i < 20; i++)
		snprintf(out + 2 * i, 3, "%02X", sum[i]);
}

#endif
