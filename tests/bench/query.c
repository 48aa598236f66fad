/* SPDX-License-Identifier: MIT
 * tests/bench/query.c: what queries and enumerations cost, printed and never judged: bench_query [JOBS].
 *
 * The real classes over a table of JOBS jobs (1000) of one file each, asked through wsm_handle() in this process,
 * without sockets, disk or other threads. CPU seconds (user + system) of the process; every figure is the least,
 * the median and the largest of ROUNDS rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agent/prov.h"
#include "engine/base/auto.h"
#include "engine/core.h"
#include "engine/shelf.h"
#include "wsman/filter.h"
#include "wsman/wsman.h"

#define ROUNDS 9
#define BITS "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/bits/"
#define DRAY "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/dray/"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration/"
#define WQL "http://schemas.microsoft.com/wbem/wsman/1/WQL"

static struct engine eng;
static struct prov_world world = { .eng = &eng };
static struct wsm_config config = { .max_envelope = 512000, .vendor = "", .version = "" };
static struct wsm_service *svc;
static const struct prov_caller admin = { .uid = 0, .role = ROLE_ADMIN, .name = "root" };

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static long peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void need(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "bench_query: %s\n", what);
		exit(1);
	}
}

static void add_job(unsigned n)
{
	struct guid id;
	struct job *job;
	struct file *file;
	char url[100], path[100];

	need(guid_new(&id) && (job = job_new(&eng, &id)), "no memory");
	job->rec.seq = n + 1;
	job_props_default(job);
	snprintf(url, sizeof(url), "http://server.example.org/packages/pool/file-%u.bin", n);
	snprintf(path, sizeof(path), "/srv/mirror/packages/pool/file-%u.bin", n);
	file = job_add_file(&eng, job);
	need(file && rec_text(&file->rec.url, url) && rec_text(&file->rec.path, path) &&
	    rec_text(&job->rec.owner, "mirror") && shelf_publish(eng.shelf, job), "no memory");
}

/* ---- one request ---- */

struct got { struct buf text; int status; };

static void on_done(struct wsm_request *req, int status, struct buf *reply)
{
	struct got *got = req->user;

	got->status = status;
	got->text = *reply;
	buf_init(reply, 0);
}

static void ask(const char *action, const char *uri, const char *body, struct got *ret)
{
	struct wsm_request req = { .caller = &admin, .user = ret, .done = on_done };
	char *text;
	int len = asprintf(&text, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
	    "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
	    "xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" "
	    "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><s:Header><a:Action>" ENUMERATION "%s"
	    "</a:Action><w:ResourceURI>%s</w:ResourceURI><a:ReplyTo><a:Address>"
	    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
	    "<a:MessageID>uuid:1</a:MessageID></s:Header><s:Body>%s</s:Body></s:Envelope>", action, uri, body);

	need(len > 0, "no memory");
	req.body = text;
	req.len = (size_t)len;
	wsm_handle(svc, &req);
	free(text);
	need(ret->status == 200, buf_text(&ret->text));
}

/* All of it. Returns the bytes of the answers. */
static size_t enumerate(const char *uri, const char *more)
{
	static const char begin[] = "<n:EnumerationContext>";
	struct got got = { 0 };
	char body[1000], id[64];
	size_t bytes = 0;

	snprintf(body, sizeof(body), "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>%s"
	    "</n:Enumerate>", more);
	ask("Enumerate", uri, body, &got);
	for (;;) {
		const char *at = strstr(buf_text(&got.text), begin), *end = at ? strchr(at + sizeof(begin) - 1, '<') : NULL;

		bytes += got.text.len;
		if (!end || end == at + sizeof(begin) - 1)
			break;
		snprintf(id, sizeof(id), "%.*s", (int)(end - at - (long)sizeof(begin) + 1), at + sizeof(begin) - 1);
		buf_done(&got.text);
		snprintf(body, sizeof(body), "<n:Pull><n:EnumerationContext>%s</n:EnumerationContext>"
		    "<n:MaxElements>32000</n:MaxElements></n:Pull>", id);
		ask("Pull", uri, body, &got);
	}
	buf_done(&got.text);
	return bytes;
}

/* ---- figures ---- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *what, double *v, const char *unit)
{
	qsort(v, ROUNDS, sizeof(*v), by_size);
	printf("%-58s %8.3f %8.3f %8.3f %s\n", what, v[0], v[ROUNDS / 2], v[ROUNDS - 1], unit);
}

static void bench_enumerate(const char *what, const char *uri, const char *more, unsigned jobs)
{
	unsigned times = jobs < 100000 ? 100000 / jobs : 1;
	double v[ROUNDS];
	char text[100];
	size_t bytes = enumerate(uri, more);

	for (int r = 0; r < ROUNDS; r++) {
		double begin = cpu();

		for (unsigned i = 0; i < times; i++)
			enumerate(uri, more);
		v[r] = (cpu() - begin) / (double)jobs / (double)times;
	}
	snprintf(text, sizeof(text), "%s (%zu bytes each)", what, bytes / jobs);
	print(text, v, "us a job");
}

static struct filter *compile(const char *query)
{
	struct attr attr = { "", "Dialect", WQL, NULL };
	struct node element = { "", "Filter", query, &attr, NULL, NULL };
	struct classes classes = { config.classes, config.nclasses };
	struct filter_ask about = { &element, &classes, NULL, NULL, false };
	struct arena *arena = arena_new(1 << 20);
	struct fault fault = { 0 };
	struct filter *f = NULL;

	need(filter_read(&about, arena, &f, &fault), fault.text);
	arena_free(arena);
	return f;
}

static void bench_query(const char *query)
{
	static const struct eng_caller all = { .reads_all = true };
	struct job_view *view = eng_next(&eng, &all, 0);
	struct arena *arena = arena_new(1 << 20);
	double read[ROUNDS], match[ROUNDS];
	struct filter *f = compile(query);
	struct prov_row row;
	char text[100];
	volatile bool yes = false;

	need(prov_job_row(FAMILY_BITS, view, arena, &row), "no memory");
	for (int r = 0; r < ROUNDS; r++) {
		double begin = cpu();

		for (int i = 0; i < 5000; i++)
			filter_unref(compile(query));
		read[r] = (cpu() - begin) / 5000;
		begin = cpu();
		for (int i = 0; i < 200000; i++)
			yes ^= filter_match(f, &row);
		match[r] = (cpu() - begin) / 200;
	}
	snprintf(text, sizeof(text), "%.56s", query + strlen("select * from BitsClientJob "));
	print(text, read, "us to read");
	print("", match, "ns to match");
	filter_unref(f);
	arena_free(arena);
	eng_view_unref(view);
}

int main(int argc, char **argv)
{
	unsigned jobs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	long before;

	eng.settling = true;
	need(jobs && (eng.shelf = shelf_new()), "bench_query [JOBS]");
	config.classes = prov_classes(&world, &config.nclasses);
	for (unsigned n = 0; n < jobs; n++)
		add_job(n);
	need((svc = wsm_service_new(&config)), "no memory");
	before = peak_kib();
	enumerate(BITS "BitsClientJob", "");
	printf("%u jobs; memory while all of them are enumerated: +%ld KiB\n%-58s %8s %8s %8s\n", jobs,
	    peak_kib() - before, "", "least", "median", "largest");
	bench_enumerate("BitsClientJob", BITS "BitsClientJob", "", jobs);
	bench_enumerate("BitsClientJob, object and reference", BITS "BitsClientJob",
	    "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>", jobs);
	bench_enumerate("BitsClientJob, none matches", BITS "*", "<w:Filter Dialect=\"" WQL "\">select * from "
	    "BitsClientJob where State=99</w:Filter>", jobs);
	bench_enumerate("BitsClientJob, two columns of all", BITS "*", "<w:Filter Dialect=\"" WQL "\">select JobId, "
	    "State from BitsClientJob where State &lt; 99</w:Filter>", jobs);
	bench_enumerate("DRAY_Job", DRAY "DRAY_Job", "", jobs);
	bench_enumerate("DRAY_Job, none matches", DRAY "*", "<w:Filter Dialect=\"" WQL "\">select * from "
	    "DRAY_Job where State=99</w:Filter>", jobs);
	bench_query("select * from BitsClientJob where State = 6");
	bench_query("select * from BitsClientJob where DisplayName like '%backup%'");
	bench_query("select * from BitsClientJob where (State = 4 or State = 5) and not Owner = 'root' and FilesTotal > 3");
	bench_query("select * from BitsClientJob where JobId = '{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B12}'");
	return 0;
}
