/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_proxy.h: which proxy of a job's list a request goes through (BITS: 5.5). Pure.
 *
 *   list    [protocol=][scheme://]server[:port] ...   protocol, scheme: http or https. Entries without
 *           "protocol=" are for protocols that no entry names. Ports not given: 80 and 443.
 *   bypass  host ...   directly. A * may stand at the left end only; <local>: names without a dot
 * Entries are separated by blanks, commas or semicolons.
 */
#ifndef XFER_PROXY_H
#define XFER_PROXY_H

#define XFER_PROXY_ROOM 300

enum xfer_proxy {
	XFER_PROXY_USE,			/* out: a URL */
	XFER_PROXY_DIRECT,		/* bypassed, or no entry is for this protocol */
	XFER_PROXY_NO_MORE,		/* index is beyond the last one */
	XFER_PROXY_BAD			/* list or bypass is malformed, whatever the host */
};

/* protocol, host: of the request; index: 0 for the first to try. */
enum xfer_proxy xfer_proxy_pick(const char *list, const char *bypass, const char *protocol, const char *host,
    unsigned index, char out[XFER_PROXY_ROOM]);

#endif
