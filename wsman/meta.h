/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/meta.h: a class described, from the same table its instances are written by. Pure; any thread.
 */
#ifndef WSMAN_META_H
#define WSMAN_META_H

#include "engine/base/buf.h"
#include "include/provider.h"

/* <CLASS>...</CLASS> (DSP0201). help: with the descriptions. */
void meta_write_cimxml(struct buf *out, const struct prov_class *cls, bool help);
/* class ... { ... }; (DSP0004). */
void meta_write_mof(struct buf *out, const struct prov_class *cls);
/* The schema of the instances and of what methods take and give, URIs of the WMI family (DSP0230). */
void meta_write_xsd(struct buf *out, const struct prov_class *cls);
/* What can be asked of the class, and how: beside the schema, as CLASS.wsdl. An embedded class: nothing. */
void meta_write_wsdl(struct buf *out, const struct prov_class *cls);

/* What a type is called: "uint32"; arrays by their elements, embedded instances "string". */
const char *meta_type(enum cim_type type);
bool meta_is_array(enum cim_type type);

#endif
