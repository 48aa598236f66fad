/* SPDX-License-Identifier: MIT
 * engine/order.c: one file of a job as an order for a worker. Engine thread only; reads, changes nothing.
 */
#include "engine/core.h"

#include "engine/delivery.h"

/* Bytes the job may still fetch (MAX_DOWNLOAD_SIZE). Such a job has one file at a time with the worker. */
static uint64_t may_fetch(const struct job *job)
{
	uint64_t left = job->opt->max_download_size;

	if (!left)
		return UINT64_MAX;
	for (size_t i = 0; i < job->nfiles; i++)
		left -= job->files[i]->rec.durable < left ? job->files[i]->rec.durable : left;
	return left;
}

/* What cannot be continued: content made on the fly, and a method that may do something each time. */
static bool begins_anew(const struct job_opt *opt)
{
	return opt->dynamic_content || *opt->http_method;
}

void order_fill(struct engine *eng, struct job *job, const struct file *file, char temp[ENG_TEMP_NAME],
    struct proto_start *ret)
{
	const struct file_rec *f = &file->rec;
	const struct job_opt *o = job->opt;

	*ret = (struct proto_start){
		.file = f->number, .url = f->url, .path = f->path, .root = f->root,
		.temp = eng_temp_name(&job->rec.id, f, temp),
		.ranges = f->ranges, .offset = begins_anew(o) ? 0 : f->durable, .size = f->size,
		.etag = f->etag,
		.modified = f->modified, .dev = f->dev, .ino = f->ino, .loopback = f->loopback,
		.single = f->single, .may_fetch = may_fetch(job), .dynamic = o->dynamic_content,
		.direct = o->high_performance, .sparse = o->on_demand, .priority = job->rec.priority,
		.limit = hold_limit(eng, job), .security = o->security_flags, .method = o->http_method,
		.headers = o->headers, .proxy_usage = o->proxy_usage, .proxy_list = o->proxy_list,
		.proxy_bypass = o->proxy_bypass, .credentials = o->credentials,
		.cert_location = o->cert_location, .cert_store = o->cert_store, .cert_hash = o->cert_hash,
		.cert_subject = o->cert_subject,
	};
}
