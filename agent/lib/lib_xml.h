/* SPDX-License-Identifier: MIT
 * agent/lib/lib_xml.h: reading an answer. lib_xml.c is the door to libxml2.
 *
 * Refuses what no agent sends (a DOCTYPE, a crowd of attributes) before libxml2 sees it.
 * Elements are found by local name; the names of an answer are the agent's, case counts.
 */
#ifndef LIB_XML_H
#define LIB_XML_H

#include <stdbool.h>
#include <stddef.h>

struct lib_xml;
struct lib_node;		/* an element; borrowed until the document is freed */

struct lib_xml *lib_xml_parse(const char *bytes, size_t len);	/* NULL: not XML we read, or no memory */
void lib_xml_free(struct lib_xml *doc);
const struct lib_node *lib_xml_root(const struct lib_xml *doc);

/* name NULL: any. NULL when there is none; a NULL node has no children. */
const struct lib_node *lib_xml_child(const struct lib_node *node, const char *name);
const struct lib_node *lib_xml_next(const struct lib_node *node, const char *name);
/* The first descendant of that name, in the order of the document. */
const struct lib_node *lib_xml_find(const struct lib_node *node, const char *name);

const char *lib_xml_name(const struct lib_node *node);
bool lib_xml_is_nil(const struct lib_node *node);
bool lib_xml_has_children(const struct lib_node *node);
char *lib_xml_text(const struct lib_node *node);		/* owned; "" for none, NULL: no memory */
char *lib_xml_attr(const struct lib_node *node, const char *name);	/* owned; NULL: not there */

#endif
