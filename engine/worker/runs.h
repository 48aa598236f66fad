/* SPDX-License-Identifier: MIT
 * engine/worker/runs.h: the files of one job, in order for everybody who looks, fetched as fast as
 * parallel ones when they are small (see the comment on top of schemas/worker.def).
 *
 * The file in front is what is spoken of. Files behind it are begun ahead while everything that
 * moves is small; what they have to say waits until they are in front. Trouble of a file that is not
 * in front is no trouble yet: it is begun again, alone, when its turn comes. Worker thread only.
 */
#ifndef RUNS_H
#define RUNS_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine/worker/proto.h"

struct chan;
struct dirs;
struct flush;
struct loop;
struct runs;
struct xfer_http;

struct runs_host {
	struct loop *loop;
	struct chan *chan;
	struct xfer_http *http;
	struct flush *flush;
	struct dirs *dirs;
	mode_t umask;			/* of files that are whole */
};

struct runs *runs_new(const struct runs_host *host);	/* NULL: out of memory */
void runs_free(struct runs *rs);			/* at once, nothing is said */
bool runs_start(struct runs *rs, const struct proto_msg *msg);	/* false: the engine broke the protocol */
void runs_stop(struct runs *rs, uint64_t tag);

/* May one more be begun behind those that move? Pure. moving, bytes: how many those are, and what they weigh
 * (unknown sizes guessed); size: of the next one, known or guessed; most: see RUNS_AHEAD. */
bool runs_may_begin(unsigned moving, uint64_t bytes, uint64_t size, unsigned most);
#define RUNS_AHEAD 16			/* requests of one run at a time */
#define RUNS_AHEAD_ALL 64		/* of all runs: beyond that each has its front file only. Servers count connections */
#define RUNS_SMALL (2u << 20)		/* a larger file moves alone */

#endif
