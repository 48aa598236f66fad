/* SPDX-License-Identifier: MIT
 * engine/base/chan.h: length-prefixed records over a stream socket, on a loop.
 *
 * Knows nothing of what is inside. A record over CHAN_MAX, or CHAN_BACKLOG bytes nobody reads,
 * closes the channel: nothing grows without bound.
 */
#ifndef BASE_CHAN_H
#define BASE_CHAN_H

#include <stddef.h>

#define CHAN_MAX (1u << 20)
#define CHAN_BACKLOG (16u << 20)

struct loop;
struct chan;

/* on_record: bytes borrowed until it returns. on_close: the peer is gone or spoke nonsense; once,
 * free the channel there or later. Takes fd on success. */
struct chan *chan_new(struct loop *loop, int fd, void (*on_record)(void *arg, const char *bytes, size_t len),
    void (*on_close)(void *arg), void *arg);
void chan_send(struct chan *c, const char *bytes, size_t len);	/* copies; len includes no prefix */
/* From now on what is sent leaves at the end of the turn of the loop, together: one wake-up of the peer. */
void chan_gather(struct chan *c);
size_t chan_backlog(const struct chan *c);	/* bytes the peer has not taken yet */
void chan_free(struct chan *c);

#endif
