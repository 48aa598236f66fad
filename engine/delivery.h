/* SPDX-License-Identifier: MIT
 * engine/delivery.h: what a worker says of a file, put into its record; and pieces of files (on-demand jobs).
 * Engine thread only. Texts from a worker are bounded here, and nothing in them is believed to be a URL.
 *
 * A file of an on-demand job: `ranges` is what is here, then what is wanted besides; `durable` counts along it,
 * so what is here is of one version, as with any other file. Folding puts what came since to what is here,
 * sorted and merged, and says it in `filled`.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "engine/core.h"

/* Bytes there will be of the file; ENG_SIZE_UNKNOWN. */
uint64_t file_wanted(const struct job *job, const struct file *file);
/* Is there something of it to be moved? Of an on-demand job, only what was asked for. */
bool file_is_due(const struct job *job, const struct file *file);

/* ANSWERED: response headers, where redirects led; pieces that are of another version go. false: no memory. */
bool file_answered(const struct job *job, struct file *file, const struct proto_answered *m);
/* FAILED: a redirect that is not followed leads there from now on (BITS: RemoteName is updated). */
void file_bounced(struct file *file, const char *url);
/* DONE: so many bytes are here. false: no memory. */
bool file_delivered(const struct job *job, struct file *file, uint64_t bytes);

/* Pieces. false: no memory. What comes later is counted anew: a run under way must be ordered again. */
bool pieces_fold(struct file_rec *f);
/* For readers: `filled` up to now, nothing else changed. */
bool pieces_show(struct file_rec *f);
bool pieces_whole(const struct file_rec *f);

#endif
