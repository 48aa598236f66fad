/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/schema.h: the classes as files, for people and programs that want to know them beforehand.
 */
#ifndef AGENT_SCHEMA_H
#define AGENT_SCHEMA_H

#include <stdbool.h>

/* CLASS.mof, CLASS.xsd and CLASS.wsdl of every class into an existing directory. false: told on stderr. */
bool schema_write(const char *dir);

#endif
