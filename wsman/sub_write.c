/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_write.c: an event as XML, and its bookmark. Pure.
 *
 *   <p:__InstanceModificationEvent ...><p:PreviousInstance/>?<p:TargetInstance/><p:TIME_CREATED/></...>
 *
 * The same form whether a query chose it or the class was subscribed to. When it happened is not kept with
 * an event, so TIME_CREATED is NULL; the instance has its own times.
 */
#include "wsman/sub.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "wsman/instance.h"

#define MARK "dray:1:"		/* the first form of bookmarks */

void sub_write_bookmark(char out[SUB_BOOKMARK], uint64_t number)
{
	snprintf(out, SUB_BOOKMARK, MARK "%" PRIu64, number);
}

/* UINT64_MAX would mean "from now on". */
bool sub_read_bookmark(const char *text, uint64_t *ret_number)
{
	size_t len = strlen(MARK);

	if (text_ieq(text, uri_text[URI_EARLIEST])) {
		*ret_number = 0;
		return true;
	}
	return !strncmp(text, MARK, len) && text[len] >= '0' && text[len] <= '9' && text[len + 1] != 'x' &&
	    text_u64(text + len, 0, UINT64_MAX - 1, ret_number);
}

bool sub_wants(const struct sub_spec *spec, const struct prov_event *event)
{
	return !spec->filter || filter_match_event(spec->filter, event);
}

static const char *class_name(enum prov_event_kind kind)
{
	switch (kind) {
	case PROV_CREATED:
		return "__InstanceCreationEvent";
	case PROV_DELETED:
		return "__InstanceDeletionEvent";
	case PROV_MODIFIED:
		break;
	}
	return "__InstanceModificationEvent";
}

void sub_write_event(struct buf *out, const struct sub_spec *spec, const struct prov_event *event, int how)
{
	const struct prov_class cls = { .ns = event->row.cls->ns, .name = class_name(event->kind) };
	const size_t *props;
	size_t nprops = spec->filter ? filter_columns(spec->filter, &props) : 0;

	if (nprops) {
		instance_write_columns(out, spec->family, &event->row, props, nprops, how == 0);
		return;
	}
	buf_addf(out, "<p:%s xmlns:xsi=\"%s\" xmlns:p=\"", cls.name, uri_ns[NS_xsi]);
	resource_write(out, spec->family, &cls);
	buf_addf(out, "\" xmlns:cim=\"%s\" xsi:type=\"p:%s_Type\">", uri_ns[NS_cim], cls.name);
	if (event->previous && event->kind == PROV_MODIFIED && how < 2)
		instance_write_embedded(out, spec->family, "PreviousInstance", event->previous, how == 0);
	instance_write_embedded(out, spec->family, "TargetInstance", &event->row, how == 0);
	buf_addf(out, "<p:TIME_CREATED xsi:nil=\"true\"/></p:%s>", cls.name);
}

/* How many it were is not known: at least one. */
void sub_write_dropped(struct buf *out)
{
	buf_addf(out, "<w:DroppedEvents Action=\"%s\">1</w:DroppedEvents>", uri_text[URI_DROPPED]);
}
