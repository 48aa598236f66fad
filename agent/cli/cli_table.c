/* SPDX-License-Identifier: MIT
 * agent/cli/cli_table.c: see cli_table.h.
 */
#include "agent/cli/cli_table.h"

#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_say.h"

#define CELL 300
#define SOFT_MIN 8
#define NAME_CHARS 32		/* of a job's name; the whole one is in `dray show` */

struct cli_table {
	char **cells;		/* row by row, heads first */
	size_t ncols, ncells, room;
	bool bad;		/* out of memory once: prints what it has */
};

static size_t chars(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Bytes of the first n characters. */
static size_t bytes_of(const char *text, size_t n)
{
	size_t at = 0;

	while (text[at]) {
		if (((unsigned char)text[at] & 0xc0) != 0x80 && !n--)
			break;
		at++;
	}
	return at;
}

static void add_cell(struct cli_table *t, const char *text)
{
	char clean[CELL];

	if (t->ncells == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		char **more = realloc(t->cells, room * sizeof(*more));
		if (!more) {
			t->bad = true;
			return;
		}
		t->cells = more;
		t->room = room;
	}
	t->cells[t->ncells] = strdup(say_clean(text, clean, sizeof(clean)));
	if (t->cells[t->ncells])
		t->ncells++;
	else
		t->bad = true;
}

void cli_table_row(struct cli_table *t, const char *const *cells)
{
	for (size_t i = 0; t && !t->bad && i < t->ncols; i++)
		add_cell(t, cells[i]);
}

struct cli_table *cli_table_new(const char *const *heads)
{
	struct cli_table *t = calloc(1, sizeof(*t));

	while (t && heads[t->ncols])
		t->ncols++;
	cli_table_row(t, heads);
	return t;
}

void cli_table_free(struct cli_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->ncells; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

static bool is_right(const struct cli_table *t, size_t col) { return t->cells[col][0] == '>'; }
static bool is_soft(const struct cli_table *t, size_t col) { return t->cells[col][0] == '~'; }

static const char *cell(const struct cli_table *t, size_t row, size_t col)
{
	const char *text = t->cells[row * t->ncols + col];

	return text + (row == 0 && (is_right(t, col) || is_soft(t, col)));
}

/* The first max characters, ".." for the last of them when something is left out. */
static void shorten(char *text, size_t max)
{
	if (chars(text) > max)
		memcpy(text + bytes_of(text, max - 2), "..", 3);
}

static void print_row(const struct cli_table *t, size_t row, const size_t *widths, FILE *to, unsigned width,
    const char *end)
{
	char line[4096];
	size_t at = 0;

	for (size_t c = 0; c < t->ncols; c++) {
		char text[CELL];
		size_t pad;
		int before, after;

		snprintf(text, sizeof(text), "%s", cell(t, row, c));
		shorten(text, widths[c]);
		pad = widths[c] - chars(text);
		before = is_right(t, c) ? (int)pad : 0;
		after = c + 1 == t->ncols ? 0 : (int)pad - before + 2;
		if (at < sizeof(line))
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%*s%s%*s", before, "", text,
			    after, "");
	}
	if (width)
		line[bytes_of(line, width)] = '\0';
	fprintf(to, "%s%s", line, end);
}

/* Every column as wide as its widest cell; the soft ones give way to the width of the line. */
static void find_widths(const struct cli_table *t, size_t rows, unsigned width, size_t *widths)
{
	size_t total = 0;

	for (size_t c = 0; c < t->ncols; c++) {
		for (size_t r = 0; r < rows; r++)
			if (chars(cell(t, r, c)) > widths[c])
				widths[c] = chars(cell(t, r, c));
		total += widths[c] + (c ? 2 : 0);
	}
	for (size_t c = 0; width && c < t->ncols; c++)
		while (is_soft(t, c) && total > width && widths[c] > SOFT_MIN)
			widths[c]--, total--;
}

size_t cli_table_print(const struct cli_table *t, FILE *to, unsigned width, size_t rows, const char *end)
{
	size_t all = t ? t->ncells / t->ncols : 0, shown = rows && rows + 1 < all ? rows + 1 : all;
	size_t widths[16] = { 0 };

	if (!all || t->ncols > 16)
		return 0;
	find_widths(t, all, width, widths);
	for (size_t r = 0; r < shown; r++)
		print_row(t, r, widths, to, width, end);
	if (shown < all)
		fprintf(to, "and %zu more%s", all - shown, end);
	return shown + (shown < all);
}

struct cli_table *cli_table_jobs(void)
{
	static const char *const heads[] = { "ID", "~NAME", "STATE", ">PROGRESS", ">SIZE", ">RATE", NULL };

	return cli_table_new(heads);
}

void cli_table_add_job(struct cli_table *t, const struct dray_job *job)
{
	char id[FMT_ROOM], percent[FMT_ROOM], size[FMT_ROOM], rate[FMT_ROOM], retry[FMT_ROOM];
	char state[FMT_ROOM + 16], name[CELL];
	const char *cells[6];

	snprintf(name, sizeof(name), "%s", job->name);
	shorten(name, NAME_CHARS);
	snprintf(state, sizeof(state), "%s", fmt_state(job->state));
	if (job->state == DRAY_TRANSIENT_ERROR && job->retry_in_s)
		snprintf(state, sizeof(state), "retry in %s", fmt_duration(job->retry_in_s, retry));
	cells[0] = fmt_short_id(job->id, id);
	cells[1] = name;
	cells[2] = state;
	cells[3] = fmt_percent(job, percent);
	if (job->bytes_total == DRAY_SIZE_UNKNOWN && job->bytes_transferred)
		cells[3] = fmt_size(job->bytes_transferred, percent);
	cells[4] = fmt_size(job->bytes_total, size);
	cells[5] = fmt_rate(job->state == DRAY_TRANSFERRING ? job->rate_bytes_s : 0, rate);
	cli_table_row(t, cells);
}
