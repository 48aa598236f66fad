/* SPDX-License-Identifier: MIT
 * engine/delivery.h: what a worker says of a file, put into its record; and pieces of files (on-demand jobs).
 * Engine thread only. Texts from a worker are bounded here, and nothing in them is believed to be a URL.
 *
 * A file of an on-demand job: `filled` is what is here, `ranges` what is wanted besides, and `durable` counts
 * along `ranges`. What was asked for and came is folded into `filled` when the asking changes or ends.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "engine/core.h"

/* Bytes there will be of the file; ENG_SIZE_UNKNOWN. */
uint64_t file_wanted(const struct job *job, const struct file *file);
/* Bytes of pieces that came before those wanted now; 0 for other files. */
uint64_t file_filled(const struct job *job, const struct file *file);
/* Bytes that are here, durable or not. */
uint64_t file_here(const struct job *job, const struct file *file);

/* ANSWERED: response headers, where redirects led; pieces that are of another version go. false: no memory. */
bool file_answered(const struct job *job, struct file *file, const struct proto_answered *m);
/* FAILED: a redirect that is not followed leads there from now on (BITS: RemoteName is updated). */
void file_bounced(struct file *file, const char *url);
/* DONE: so many bytes are here. false: no memory. */
bool file_delivered(const struct job *job, struct file *file, uint64_t bytes);

/* Pieces. false: no memory. */
bool pieces_fold(struct file_rec *f);
bool pieces_whole(const struct file_rec *f);

#endif
