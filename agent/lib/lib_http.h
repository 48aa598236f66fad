/* SPDX-License-Identifier: MIT
 * agent/lib/lib_http.h: one POST and its answer. lib_http.c is the door to libcurl.
 *
 * Knows nothing of SOAP. Follows no redirect, asks no proxy, repeats nothing. One thread.
 */
#ifndef LIB_HTTP_H
#define LIB_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/lib/lib_error.h"
#include "agent/lib/lib_target.h"
#include "engine/base/buf.h"

struct lib_http;

struct lib_http *lib_http_new(const struct lib_target *target, const char *user, const char *password);
void lib_http_free(struct lib_http *h);
void lib_http_set_timeout_ms(struct lib_http *h, uint32_t ms);
void lib_http_set_interrupt(struct lib_http *h, bool (*stop)(void *arg), void *arg);

/* Sends `body`; the answer's body goes to `reply` (whose ceiling bounds it). */
dray_result lib_http_post(struct lib_http *h, const struct buf *body, struct buf *reply, long *ret_status,
    struct dray_error *e);

#endif
