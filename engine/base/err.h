/* SPDX-License-Identifier: MIT
 * engine/base/err.h: errors are values from one table, schemas/errors.def.
 *
 * A function that can fail returns enum err; detail for a person goes to an optional
 * struct errinfo. Record where most is known, pass it up untouched. Any thread.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdint.h>

enum err {
#define ERR(name, hresult, fault, put_fault, exit, text) ERR_##name,
#include "schemas/errors.def"
#undef ERR
	ERR__COUNT
};

struct errinfo {
	enum err err;
	char text[500];		/* what happened, UTF-8, never empty once set */
};

/* Fills ei (if any) with the code and a text of its own; returns the code. */
enum err err_set(struct errinfo *ei, enum err err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the text of the table. */
enum err err_plain(struct errinfo *ei, enum err err);

uint32_t err_hresult(enum err err);
int err_exit_status(enum err err);
const char *err_text(enum err err);
const char *err_name(enum err err);
/* Success codes: OK, PARTIAL and UNDELETED. */
int err_is_good(enum err err);

#endif
