/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_netguard.c: every form of an address that must not be reached from afar.
 */
#include <arpa/inet.h>
#include <check.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/worker/netguard.h"

static const struct {
	const char *address, *refused;		/* a word of the reason; NULL: allowed */
} rows[] = {
	{ "0.0.0.0", "unspecified" }, { "0.1.2.3", "unspecified" },
	{ "127.0.0.1", "loopback" }, { "127.255.255.254", "loopback" },
	{ "126.255.255.255", NULL }, { "128.0.0.1", NULL },
	{ "169.254.0.1", "link-local" }, { "169.254.169.254", "link-local" }, { "169.253.1.1", NULL },
	{ "169.255.1.1", NULL },
	{ "224.0.0.1", "multicast" }, { "239.255.255.255", "multicast" }, { "223.255.255.255", NULL },
	{ "240.0.0.1", "reserved" }, { "255.255.255.255", "broadcast" },
	{ "10.0.0.1", NULL }, { "172.16.0.1", NULL }, { "192.168.1.1", NULL }, { "100.64.0.1", NULL },
	{ "198.51.100.7", "this machine" }, { "198.51.100.8", NULL },
	{ "::", "unspecified" }, { "::1", "loopback" },
	{ "fe80::1", "link-local" }, { "febf:ffff::1", "link-local" }, { "fec0::1", "site-local" },
	{ "fe7f::1", NULL }, { "ff02::1", "multicast" }, { "ff00::", "multicast" },
	{ "2001:db8::7", "this machine" }, { "2001:db8::8", NULL }, { "fd00::1", NULL },
	{ "2606:4700::1111", NULL },
	{ "::ffff:127.0.0.1", "loopback" }, { "::ffff:169.254.169.254", "link-local" },
	{ "::ffff:0.0.0.0", "unspecified" },
	{ "::ffff:198.51.100.7", "this machine" }, { "::ffff:8.8.8.8", NULL },
	{ "::127.0.0.1", "loopback" }, { "::8.8.8.8", NULL }, { "::2", "unspecified" },
	{ "::ffff:0:127.0.0.1", "loopback" }, { "::ffff:0:8.8.8.8", NULL },
	{ "64:ff9b::127.0.0.1", "loopback" }, { "64:ff9b::169.254.169.254", "link-local" },
	{ "64:ff9b::8.8.8.8", NULL },
	{ "64:ff9b:1::8.8.8.8", "translated" },
	{ "2002:7f00:1::", "loopback" }, { "2002:a9fe:a9fe::1", "link-local" }, { "2002:0808:0808::1", NULL },
	{ "2001:0:1:2:3:4:80ff:fffe", "loopback" }, { "2001:0:1:2:3:4:f7f7:f7f7", NULL }, { "2001:1::1", NULL },
	{ "2001:db8::5efe:127.0.0.1", "loopback" }, { "2001:db8::200:5efe:127.0.0.1", "loopback" },
	{ "2001:db8::5efe:8.8.8.8", NULL },
};

static struct sockaddr_in own4 = { .sin_family = AF_INET };
static struct sockaddr_in6 own6 = { .sin6_family = AF_INET6 };
static struct ifaddrs none = { .ifa_name = (char *)"tun0" };	/* an interface without an address */
static struct ifaddrs first = { .ifa_next = &none, .ifa_addr = (struct sockaddr *)&own4 };
static struct ifaddrs own = { .ifa_next = &first, .ifa_addr = (struct sockaddr *)&own6 };

static size_t parse(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		return sizeof(*in);
	}
	ck_assert_msg(inet_pton(AF_INET6, text, &in6->sin6_addr) == 1, "%s", text);
	in6->sin6_family = AF_INET6;
	return sizeof(*in6);
}

START_TEST(every_form_of_a_forbidden_address_is_seen)
{
	struct sockaddr_storage sa;
	size_t len = parse(rows[_i].address, &sa);
	const char *why;

	inet_pton(AF_INET, "198.51.100.7", &own4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::7", &own6.sin6_addr);
	why = netguard_judge((struct sockaddr *)&sa, len, &own);
	if (rows[_i].refused)
		ck_assert_msg(why && strstr(why, rows[_i].refused), "%s: %s", rows[_i].address,
		    why ? why : "allowed");
	else
		ck_assert_msg(!why, "%s: %s", rows[_i].address, why);
}
END_TEST

START_TEST(other_families_and_short_addresses_are_refused)
{
	struct sockaddr_storage sa;
	size_t len = parse("8.8.8.8", &sa);

	ck_assert_ptr_nonnull(netguard_judge((struct sockaddr *)&sa, len - 1, NULL));
	sa.ss_family = AF_UNIX;
	ck_assert_ptr_nonnull(netguard_judge((struct sockaddr *)&sa, sizeof(sa), NULL));
}
END_TEST

START_TEST(each_address_of_this_machine_is_refused)
{
	struct ifaddrs *all, *i;
	int seen = 0;

	ck_assert(!getifaddrs(&all));
	for (i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		seen++;
		ck_assert_ptr_nonnull(netguard_refuses(i->ifa_addr, i->ifa_addr->sa_family == AF_INET ?
		    sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)));
	}
	freeifaddrs(all);
	ck_assert_int_gt(seen, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_netguard");
	TCase *t = tcase_create("netguard");

	tcase_add_loop_test(t, every_form_of_a_forbidden_address_is_seen, 0, COUNT(rows));
	tcase_add_test(t, other_families_and_short_addresses_are_refused);
	tcase_add_test(t, each_address_of_this_machine_is_refused);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_set_fork_status(r, CK_NOFORK);	/* pure */
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
