/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/reply.h: the envelope of an answer, written directly (docs/decisions/0002). Pure.
 */
#ifndef WSMAN_REPLY_H
#define WSMAN_REPLY_H

#include "engine/base/buf.h"
#include "wsman/fault.h"

enum reply_kind { REPLY_TRANSFER, REPLY_ENUM, REPLY_EVENT, REPLY_FAULT };	/* which namespaces are declared */

/* Everything up to and with <s:Body>. action + suffix is the action; relates_to NULL: nothing to
 * relate to; taken verbatim. blocks: more header blocks, as XML; NULL: none. */
void reply_begin(struct buf *out, enum reply_kind kind, const char *action, const char *suffix,
    const char *relates_to, const char *blocks);
void reply_end(struct buf *out);
void reply_fault(struct buf *out, const struct fault *fault, const char *relates_to);	/* a whole answer */

#endif
