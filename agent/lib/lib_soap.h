/* SPDX-License-Identifier: MIT
 * agent/lib/lib_soap.h: writing a WS-Management request. Text only, no network.
 *
 *   lib_soap_open(b, &head)  ...the children of the body (of M_INPUT for a method)...
 *   lib_soap_close(b, &head)
 */
#ifndef LIB_SOAP_H
#define LIB_SOAP_H

#include "engine/base/buf.h"

#define LIB_TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define LIB_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration/"
#define LIB_CLASSES "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/dray/"
#define LIB_JOB LIB_CLASSES "DRAY_Job"

struct lib_head {
	const char *url;		/* a:To */
	const char *action;		/* whole, or the method's name with `method` */
	bool method;			/* action is LIB_JOB/action */
	const char *cls;		/* NULL: DRAY_Job */
	const char *id;			/* selector JobId; NULL: none */
	const char *number;		/* selector Number; NULL: none */
	char message_id[48];		/* filled by lib_soap_open(); "" when the kernel gave no random bytes */
};

void lib_soap_open(struct buf *b, struct lib_head *head);
void lib_soap_close(struct buf *b, const struct lib_head *head);
/* <p:name>value</p:name>; value NULL: nothing. */
void lib_soap_leaf(struct buf *b, const char *name, const char *value);

#endif
