/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/peer.c: see peer.h.
 */
#include "wsman/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

void peer_address(int fd, char *out, size_t room)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char text[INET6_ADDRSTRLEN];

	snprintf(out, room, "local");
	if (getpeername(fd, (struct sockaddr *)&addr, &len))
		return;
	if (addr.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&addr;

		if (inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)))
			snprintf(out, room, "%s:%u", text, ntohs(in->sin_port));
	} else if (addr.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&addr;

		if (inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)))
			snprintf(out, room, "[%s]:%u", text, ntohs(in6->sin6_port));
	}
}

bool peer_caller(int fd, const struct wsm_auth *auth, struct prov_caller *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) || len != sizeof(cred) ||
	    cred.uid == (uid_t)-1)
		return false;
	return auth->peer && auth->peer(auth->ctx, cred.uid, cred.pid, ret);
}
