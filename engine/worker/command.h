/* SPDX-License-Identifier: MIT
 * engine/worker/command.h: runs an owner's notification commands and tells how they ended.
 *
 * No shell, an environment of its own, no descriptors, a session of its own, no more rights than this
 * process (which is the owner, without new privileges: a setuid program stays ordinary). What runs longer
 * than it may, and whatever a command leaves in its process group, is killed. All of it ends with this
 * process. Source: spec/security.md 4.9.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdint.h>

struct loop;
struct notifies;
struct proto_msg;

#define NOTIFY_LIMIT_S 600

/* send: one NOTIFIED for each NOTIFY. limit_s: how long a command may run. NULL: no memory. */
struct notifies *notifies_new(struct loop *loop, unsigned limit_s,
    void (*send)(void *arg, const struct proto_msg *msg), void *arg);
void notifies_run(struct notifies *all, const struct proto_msg *msg);
void notifies_free(struct notifies *all);	/* kills what still runs, tells nobody */

#endif
