/* SPDX-License-Identifier: MIT
 * engine/base/hresult.h: what a code means, in words. Rows: schemas/hresults.def; answers of HTTP servers
 * (0x80190000 | status) by schemas/transfer.def. Pure; any thread.
 */
#ifndef BASE_HRESULT_H
#define BASE_HRESULT_H

#include <stdbool.h>
#include <stdint.h>

struct hresult_words {
	char name[64];			/* BG_E_NOT_FOUND, BG_E_HTTP_ERROR_404; empty: no name */
	char text[200];			/* a sentence; never empty */
	char remedy[200];		/* what helps; may be empty */
};

/* false: nobody knows the code; name is empty and the text says so. */
bool hresult_words(uint32_t code, struct hresult_words *ret);

#endif
