/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/instance.h: class tables -> XML. Shapes of DSP0230 as Windows writes them. Pure.
 */
#ifndef WSMAN_INSTANCE_H
#define WSMAN_INSTANCE_H

#include "wsman/resource.h"

/* <p:Class ...>properties</p:Class>. whole: with the embedded instances; an answer they do not fit goes
 * without them (docs/decisions/0012). */
void instance_write(struct buf *out, enum uri family, const struct prov_row *row, bool whole);
/* <w:XmlFragment>: of a query with columns: these properties, in this order, in no namespace. */
void instance_write_columns(struct buf *out, enum uri family, const struct prov_row *row, const size_t *props,
    size_t nprops, bool whole);
/* <w:XmlFragment> of one member, or of none (nil), to be ended by instance_end_fragment(). */
void instance_begin_fragment(struct buf *out, bool nil);
void instance_end_fragment(struct buf *out);
/* A member as it stands in one: in no namespace. index: only that instance of an array, from 1; 0: all. */
void instance_write_member(struct buf *out, enum uri family, const struct prov_prop *prop,
    const struct prov_value *value, unsigned index);
/* As a member of something else in the namespace p: <p:NAME xsi:type="p1:Class_Type">. */
void instance_write_embedded(struct buf *out, enum uri family, const char *name, const struct prov_row *row,
    bool whole);
/* <a:EndpointReference>: where that instance is. */
void instance_write_epr(struct buf *out, enum uri family, const struct prov_row *row);
/* <x:ResourceCreated>: the same of a new instance. address: of this service. */
void instance_write_created(struct buf *out, enum uri family, const struct prov_row *row, const char *address);
/* The output of a method: out parameters and ReturnValue, by name. out: one a parameter. */
void instance_write_output(struct buf *out, enum uri family, const struct prov_class *cls,
    const struct prov_method *method, const struct prov_value *values, uint32_t return_value);
/* Class.Key="value",Key=2: for people, in faults. */
void instance_name(char *out, size_t room, const struct prov_class *cls, const struct prov_value *keys);

#endif
