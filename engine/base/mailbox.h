/* SPDX-License-Identifier: MIT
 * engine/base/mailbox.h: how other threads ask a loop's thread to do something.
 *
 * A mail is a member of the message it carries, so posting allocates nothing and cannot fail.
 * The loop's thread takes all mails that are there, runs them in order, then runs after_batch
 * (the engine's group commit).
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

struct loop;
struct mailbox;

struct mail {
	struct mail *next;
	void (*run)(struct mail *mail);		/* owns the mail from here on */
};

struct mailbox *mailbox_new(struct loop *loop, void (*after_batch)(void *arg), void *arg);
void mailbox_free(struct mailbox *mb);		/* mails still inside are dropped */
void mailbox_post(struct mailbox *mb, struct mail *mail);	/* any thread */
/* Runs the mail at once when this is the loop's thread (the sender gets it on his stack, so it is the last thing
 * he does), else posts it: a turn of the loop costs four system calls. */
void mailbox_hand(struct mailbox *mb, struct mail *mail);

#endif
