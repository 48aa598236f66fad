/* SPDX-License-Identifier: MIT
 * engine/worker/post.h: PUSH orders: one HTTP POST each, to somebody who subscribed to events. No redirect is
 * followed, no proxy is asked, the address is judged when the connection is made. Worker thread only.
 */
#ifndef WORKER_POST_H
#define WORKER_POST_H

#include "engine/worker/proto.h"

struct xfer_http;
struct posts;

struct posts *posts_new(struct xfer_http *http, void (*send)(void *arg, const struct proto_msg *msg),
    void *arg);				/* NULL: no memory. http outlives it */
void posts_free(struct posts *all);	/* those under way are cancelled, nobody is told */
void posts_run(struct posts *all, const struct proto_msg *msg);	/* answered by PUSHED, once */

#endif
