/* SPDX-License-Identifier: MIT
 * agent/lib/lib_fault.h: a SOAP fault as a struct dray_error. Pure.
 */
#ifndef LIB_FAULT_H
#define LIB_FAULT_H

#include "agent/lib/lib_error.h"
#include "agent/lib/lib_xml.h"

/* fault: the s:Fault element. Returns the code, which always says failure. */
dray_result lib_fault(const struct lib_node *fault, struct dray_error *e);

#endif
