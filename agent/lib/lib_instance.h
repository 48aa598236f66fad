/* SPDX-License-Identifier: MIT
 * agent/lib/lib_instance.h: instances as structs. Pure.
 */
#ifndef LIB_INSTANCE_H
#define LIB_INSTANCE_H

#include "agent/lib/lib_xml.h"
#include "include/dray.h"

/* NULL: no memory, or a value that is not what its property says (*ret_why, static). Owned. */
struct dray_job *lib_instance_job(const struct lib_node *instance, const char **ret_why);
/* The same of any other class of ours: every property, in the order of the wire. Owned. */
struct dray_record *lib_instance_record(const struct lib_node *instance, const char **ret_why);

#endif
