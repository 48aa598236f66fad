/* SPDX-License-Identifier: MIT
 * engine/job_rules.c: see job_rules.h.
 */
#include "engine/job_rules.h"

#include <string.h>

#include "engine/base/auto.h"

#define SECURITY_KNOWN 0xb1fu		/* one bit is free in the field of three for redirects */
#define REDIRECT_MASK 0x700u
#define REDIRECT_DISALLOW 0x200u
#define HTTPS_TO_HTTP 0x800u
#define COST_KNOWN 0xc00000ffu
#define STORED_PROXY 2u
#define PROXY_OVERRIDE 2u

static bool is_custom(const struct job_opt *opt)
{
	return *opt->http_method != '\0';
}

void job_rules_follow(struct job_draft *d)
{
	if (is_custom(&d->opt) && !is_custom(d->was) && !d->named[JOB_PROP_Priority])
		d->rec.priority = 0;
}

/* Bits nobody has given a meaning. */
static enum err check_bits(const struct job_draft *d, struct errinfo *ei)
{
	uint32_t s = d->opt.security_flags, redirect = s & REDIRECT_MASK;

	if ((s & ~SECURITY_KNOWN) || redirect > REDIRECT_DISALLOW)
		return err_set(ei, ERR_NOT_IMPL, "SecurityFlags 0x%x has a bit that means nothing.", s);
	if (redirect == REDIRECT_DISALLOW && (s & HTTPS_TO_HTTP))
		return err_set(ei, ERR_INVALID_ARG, "SecurityFlags 0x%x refuses redirects and allows some; "
		    "0x800 goes with 0 or 0x100.", s);
	if (d->opt.cost_flags & ~COST_KNOWN)
		return err_set(ei, ERR_INVALID_ARG, "CostFlags 0x%x has a bit that means nothing.",
		    d->opt.cost_flags);
	if (d->opt.stored_credentials & ~STORED_PROXY)
		return err_plain(ei, ERR_STORED_CREDENTIALS);
	return ERR_OK;
}

/* Methods that bring no file, or mean something to proxies. */
static enum err check_method(const struct job_draft *d, struct errinfo *ei)
{
	static const char *const never[] = { "HEAD", "CONNECT", "TRACE", "OPTIONS" };
	const char *method = d->opt.http_method;

	if (!d->set[JOB_PROP_HttpMethod] || !*method)
		return ERR_OK;
	if (!http_token_ok(method, strlen(method)))
		return err_set(ei, ERR_INVALID_ARG,
		    "HttpMethod is one word, as POST, without spaces or marks.");
	for (size_t i = 0; i < COUNT(never); i++)
		if (!strcasecmp(method, never[i]))
			return err_set(ei, ERR_INVALID_ARG, "The method %s does not bring a file.", never[i]);
	return ERR_OK;
}

static enum err check_custom(const struct job_draft *d, struct errinfo *ei)
{
	if (!is_custom(&d->opt))
		return ERR_OK;
	if (d->rec.priority)
		return err_set(ei, ERR_CUSTOM_METHOD, "A job with the method %s is a foreground job; its "
		    "Priority stays 0.", d->opt.http_method);
	if (d->opt.dynamic_content || d->opt.on_demand)
		return err_set(ei, ERR_CUSTOM_METHOD, "A job with the method %s can be neither DynamicContent "
		    "nor OnDemand.", d->opt.http_method);
	return ERR_OK;
}

static enum err check_kind(const struct job_draft *d, struct errinfo *ei)
{
	const struct job_opt *o = &d->opt;

	if (o->dynamic_content && (o->on_demand || d->ranged))
		return err_set(ei, ERR_UNSUPPORTED_CONFIG, "DynamicContent has no ranges, so it goes neither "
		    "with OnDemand nor with files of which only ranges are wanted.");
	if (o->on_demand && (o->high_performance || (d->ranged && !d->was->on_demand)))
		return err_set(ei, ERR_UNSUPPORTED_CONFIG, "OnDemand goes neither with HighPerformance nor "
		    "with files that were added with ranges.");
	if (!o->on_demand && d->was->on_demand && d->begun)
		return err_set(ei, ERR_UNSUPPORTED_CONFIG, "OnDemand stays: files of this job are here in "
		    "pieces. Ask for all of a file to have it whole.");
	/* One that is not yet resumed may still change its mind. */
	if (d->rec.resumed && (d->set[JOB_PROP_Priority] || d->set[JOB_PROP_DynamicContent]))
		return job_rules_may_run(&d->rec, o, ei);
	return ERR_OK;
}

static enum err check_proxy(const struct job_draft *d, struct errinfo *ei)
{
	const struct job_opt *o = &d->opt;

	if (o->proxy_usage == PROXY_OVERRIDE && !*o->proxy_list)
		return err_set(ei, ERR_INVALID_ARG, "ProxyUsage 2 needs a ProxyList.");
	if (o->proxy_usage != PROXY_OVERRIDE && (*o->proxy_list || *o->proxy_bypass))
		return err_set(ei, ERR_INVALID_ARG, "ProxyList and ProxyBypassList go with ProxyUsage 2 only; "
		    "empty them for ProxyUsage %u.", o->proxy_usage);
	if (strpbrk(o->proxy_list, "\t\r\n") || strpbrk(o->proxy_bypass, "\t\r\n"))
		return err_set(ei, ERR_INVALID_ARG, "The entries of ProxyList and ProxyBypassList are "
		    "separated by spaces.");
	if (strchr(o->proxy_list, '@'))		/* the list is shown, and kept as it is */
		return err_set(ei, ERR_INVALID_ARG,
		    "ProxyList may not carry a user name or password; set them as "
		    "credentials for the proxy.");
	return ERR_OK;
}

/* Does the text begin with this word, bare or in double quotes? */
static bool first_word_is(const char *text, const char *word)
{
	size_t len = strlen(word);
	bool quoted = *text == '"';

	text += quoted;
	if (strncmp(text, word, len))
		return false;
	return quoted ? text[len] == '"' : !text[len] || text[len] == ' ';
}

static enum err check_notify(const struct job_draft *d, struct errinfo *ei)
{
	const char *program = d->opt.notify_program, *parameters = d->opt.notify_parameters;

	if (!d->set[JOB_PROP_NotifyCommand] && !d->set[JOB_PROP_NotifyParameters])
		return ERR_OK;
	if (!*program && *parameters)
		return err_set(ei, ERR_INVALID_ARG, "NotifyParameters need a NotifyCommand.");
	if (*program && (*program != '/' || strpbrk(program, "\t\r\n\"")))
		return err_set(ei, ERR_INVALID_ARG, "NotifyCommand is the absolute path of a program; it is "
		    "not searched for and no shell reads it.");
	if (*parameters && !first_word_is(parameters, program))
		return err_set(ei, ERR_INVALID_ARG, "The first word of NotifyParameters is the program itself, "
		    "%.200s; in double quotes if it has spaces.", program);
	return ERR_OK;
}

static enum err check_headers(const struct job_draft *d, struct errinfo *ei)
{
	if (d->was->headers_write_only && !d->opt.headers_write_only)
		return err_set(ei, ERR_READ_ONLY, "CustomHeadersWriteOnly stays true once it is.");
	return d->set[JOB_PROP_CustomHeaders] ? custom_headers_check(d->opt.headers, ei) : ERR_OK;
}

static enum err check_certificate(const struct job_draft *d, struct errinfo *ei)
{
	size_t len = strlen(d->opt.cert_hash);

	if (len && (len != 40 || strspn(d->opt.cert_hash, "0123456789abcdefABCDEF") != 40))
		return err_plain(ei, ERR_BAD_HASH);
	if (strpbrk(d->opt.cert_store, "\t\r\n") || strpbrk(d->opt.cert_subject, "\t\r\n"))
		return err_set(ei, ERR_INVALID_ARG,
		    "The store and the subject of a certificate are one line each.");
	return ERR_OK;
}

enum err job_rules_check(const struct job_draft *d, struct errinfo *ei)
{
	static enum err (*const rules[])(const struct job_draft *d, struct errinfo *ei) = {
		check_bits, check_method, check_custom, check_kind, check_proxy, check_notify, check_headers,
		check_certificate,
	};
	enum err err = ERR_OK;

	for (size_t i = 0; i < COUNT(rules) && !err; i++)
		err = rules[i](d, ei);
	return err;
}

/* What has no size and no ranges cannot be taken in portions, so it cannot yield to others. */
enum err job_rules_may_run(const struct job_rec *rec, const struct job_opt *opt, struct errinfo *ei)
{
	if (opt->dynamic_content && rec->priority)
		return err_set(ei, ERR_UNSUPPORTED_CONFIG, "A job with DynamicContent runs in the foreground "
		    "only; set its Priority to 0.");
	return ERR_OK;
}

enum err job_rules_may_range(const struct job_opt *opt, const char *ranges, struct errinfo *ei)
{
	if (!ranges || !*ranges || (!opt->dynamic_content && !opt->on_demand))
		return ERR_OK;
	return err_set(ei, ERR_UNSUPPORTED_CONFIG, opt->dynamic_content ? "Content that is made on the fly has "
	    "no ranges." : "An on-demand job is asked for ranges after the file was added.");
}
