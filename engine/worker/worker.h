/* SPDX-License-Identifier: MIT
 * engine/worker/worker.h: the process that works for one owner: talks to servers with libcurl,
 * touches the owner's files, and nothing else. It speaks schemas/worker.def with the engine and
 * ends when the engine's end of the socket closes.
 */
#ifndef WORKER_H
#define WORKER_H

/* Runs in a freshly forked, single-threaded process that already is its owner. fd: the stream
 * socket to the engine. Returns the exit status. */
int worker_main(int fd);

#endif
