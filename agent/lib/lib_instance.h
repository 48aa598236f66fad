/* SPDX-License-Identifier: MIT
 * agent/lib/lib_instance.h: an instance of DRAY_Job as a struct dray_job. Pure.
 */
#ifndef LIB_INSTANCE_H
#define LIB_INSTANCE_H

#include "agent/lib/lib_xml.h"
#include "include/dray.h"

/* NULL: no memory, or a value that is not what its property says (*ret_why, static). Owned. */
struct dray_job *lib_instance_job(const struct lib_node *instance, const char **ret_why);

#endif
