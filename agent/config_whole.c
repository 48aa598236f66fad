/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config_whole.c: places nobody named, and what must hold of the configuration as a whole.
 */
#include "agent/config_own.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "include/dray.h"

enum err config_fill_places(struct config *c, struct errinfo *ei)
{
	char path[4200];
	bool ok = true;

	if (!*c->state_dir) {
		if (c->user_mode && !dray_default_state_dir(path, sizeof(path)))
			return err_set(ei, ERR_INVALID_ARG, "neither XDG_STATE_HOME nor HOME is set; set one "
			    "of them or [agent] StateDirectory=");
		ok &= config_set_text(&c->state_dir, c->user_mode ? path : "/var/lib/dray");
	}
	if (!*c->socket) {
		if (c->user_mode && !dray_default_socket(path, sizeof(path)))
			return err_set(ei, ERR_INVALID_ARG, "the path of the socket is too long; set [agent] "
			    "Socket=");
		ok &= config_set_text(&c->socket, c->user_mode ? path : "/run/dray/dray.sock");
	}
	return ok ? ERR_OK : err_plain(ei, ERR_NO_MEMORY);
}

enum err config_check_whole(struct config *c, struct errinfo *ei)
{
	for (size_t i = 0; i < c->nlisteners; i++) {
		struct config_listener *l = &c->listeners[i];

		if (text_ieq(l->transport, "https"))
			return err_set(ei, ERR_INVALID_ARG, "%s:%d: Transport=https is not available in this "
			    "version of dray; listen on loopback with http behind a TLS proxy", l->file,
			    l->transport_line);
		if (!text_ieq(l->transport, "http"))
			return err_set(ei, ERR_INVALID_ARG, "%s:%d: Transport= is http, not \"%.40s\"", l->file,
			    l->transport_line, l->transport);
		if (!*l->address)
			return err_set(ei, ERR_INVALID_ARG, "%s: [listener %.40s] has no Address=; add one, "
			    "for example Address=127.0.0.1:5985", l->file, l->name);
	}
	if (c->basic && !*c->users_file)
		return err_set(ei, ERR_INVALID_ARG, "%s: Basic=yes needs UsersFile=; make one with: dray "
		    "passwd --file FILE --role admin NAME", c->file);
	if (c->basic && access(c->users_file, R_OK) < 0)
		return err_set(ei, ERR_FILE_NOT_FOUND, "%s:%d: cannot read UsersFile %s: %s; make it with: "
		    "dray passwd --file %s --role admin NAME", c->file, c->users_file_line, c->users_file,
		    strerror(errno), c->users_file);
	return ERR_OK;
}
