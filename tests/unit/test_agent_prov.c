/* SPDX-License-Identifier: MIT
 * tests/unit/test_agent_prov.c: the classes are what Microsoft's MOF says, written down here a
 * second time, and ours contain them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/prov.h"
#include "engine/base/auto.h"

static struct prov_world world;
static const struct prov_class *const *classes;
static size_t nclasses;

static void setup(void)
{
	classes = prov_classes(&world, &nclasses);
}

static const char *const type_name[] = { [CIM_BOOL] = "boolean", [CIM_U16] = "uint16", [CIM_U32] = "uint32",
    [CIM_U64] = "uint64", [CIM_TEXT] = "string", [CIM_SECRET] = "string", [CIM_OBJECTS] = "object[]", [CIM_TEXTS] = "string[]",
    [CIM_OCTETS] = "uint8[]" };

static const char bits_job[] =
    "uint64 BytesTotal; uint64 BytesTransferred; string Description w; string DisplayName w; object[] Files; "
    "uint32 FilesTotal; uint32 FilesTransferred; uint64 JobCompletionTime; uint64 JobCreationTime; "
    "string JobId k; uint64 JobLastModificationTime; uint32 MinimumRetryDelay w; uint32 NoProgressTimeout w; "
    "string Owner; uint32 Priority w; uint16 State; uint32 TransientErrorCount; ";
static const char bits_file[] =
    "uint64 BytesTotal; uint64 BytesTransferred; boolean Completed; string LocalFile; string RemoteUrl; ";

static void describe(const struct prov_class *cls, char *out, size_t room)
{
	size_t at = 0;

	for (size_t i = 0; i < cls->nprops; i++)
		at += (size_t)snprintf(out + at, room - at, "%s %s%s; ", type_name[cls->props[i].type],
		    cls->props[i].name, cls->props[i].access == PROV_KEY ? " k" : cls->props[i].access == PROV_RW ? " w" : "");
}

START_TEST(microsofts_classes_have_exactly_their_properties)
{
	char text[2048];

	describe(&prov_job_class[FAMILY_BITS], text, sizeof(text));
	ck_assert_str_eq(text, bits_job);
	describe(&prov_file_class[FAMILY_BITS], text, sizeof(text));
	ck_assert_str_eq(text, bits_file);
}
END_TEST

START_TEST(properties_stand_in_the_order_of_the_wire)
{
	for (size_t c = 0; c < nclasses; c++)
		for (size_t i = 1; i < classes[c]->nprops; i++)
			ck_assert_msg(strcasecmp(classes[c]->props[i - 1].name, classes[c]->props[i].name) < 0, "%s: %s",
			    classes[c]->name, classes[c]->props[i].name);
}
END_TEST

START_TEST(our_classes_contain_microsofts)
{
	const struct prov_class *ours, *theirs;

	for (int pass = 0; pass < 2; pass++) {
		theirs = pass ? &prov_file_class[FAMILY_BITS] : &prov_job_class[FAMILY_BITS];
		ours = pass ? &prov_file_class[FAMILY_DRAY] : &prov_job_class[FAMILY_DRAY];
		for (size_t i = 0; i < theirs->nprops; i++) {
			size_t k = 0;
			while (k < ours->nprops && strcmp(ours->props[k].name, theirs->props[i].name))
				k++;
			ck_assert_msg(k < ours->nprops && ours->props[k].type == theirs->props[i].type, "%s",
			    theirs->props[i].name);
		}
	}
}
END_TEST

static const char *const mof[] = {
	"AddFile([in] string remoteUrl, [in] string localFile)",
	"static CreateJob([in] string DisplayName, [in] string RemoteUrl, [in] string LocalFile, "
	    "[in, optional] uint16 ServiceAccount, [in, optional] uint16 Type, [in, optional] boolean Suspend, "
	    "[in, optional] string Description, [out] string JobId)",
	"GetError([in, optional] uint32 LanguageId, [out] uint32 ErrorContext, [out] uint32 ErrorCode, "
	    "[out] string ContextDescription, [out] string ErrorDescription)",
	"RemoveClientCertificate()",
	"RemoveCredentials([in] uint16 Target, [in] uint16 Scheme)",
	"SetClientCertificateById([in] uint16 CertStoreLocation, [in] string StoreName, [in] uint8[] CertHash)",
	"SetClientCertificateByName([in] uint16 CertStoreLocation, [in] string StoreName, [in] string SubjectName)",
	/* the MOF says [in] of the last two, but NULL is allowed, which is how an absent one is read */
	"SetCredentials([in] uint16 Target, [in] uint16 Scheme, [in, optional] string UserName, "
	    "[in, optional] string Password)",
	"SetJobState([in] uint16 JobState)",
	"SetProxySettings([in] uint16 ProxyUsage, [in, optional] string ProxyList, "
	    "[in, optional] string ProxyBypassList)",
};

START_TEST(microsofts_methods_have_their_signatures)
{
	const struct prov_class *cls = &prov_job_class[FAMILY_BITS];
	const struct prov_method *m = &cls->methods[_i];
	char text[1024];
	size_t at;

	ck_assert_uint_eq(cls->nmethods, COUNT(mof));
	at = (size_t)snprintf(text, sizeof(text), "%s%s(", m->is_static ? "static " : "", m->name);
	for (size_t p = 0; p < m->nparams; p++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s[%s] %s %s", p ? ", " : "",
		    m->params[p].out ? "out" : m->params[p].must ? "in" : "in, optional", type_name[m->params[p].type],
		    m->params[p].name);
	snprintf(text + at, sizeof(text) - at, ")");
	ck_assert_str_eq(text, mof[_i]);
}
END_TEST

START_TEST(defaults_of_parameters_are_those_of_the_mof)
{
	const struct prov_method *create = &prov_job_class[FAMILY_BITS].methods[1];

	ck_assert_str_eq(create->params[3].name, "ServiceAccount");
	ck_assert_uint_eq(prov_param_default(create, 3), 2);
	ck_assert_uint_eq(prov_param_default(create, 4), 0);
}
END_TEST

/* A class that is nothing but rows must be whole by itself: names, keys, an order of its own. */
START_TEST(singletons_have_no_key_and_all_other_classes_have_one)
{
	for (size_t c = 0; c < nclasses; c++) {
		size_t keys = 0;

		for (size_t i = 0; i < classes[c]->nprops; i++)
			keys += classes[c]->props[i].access == PROV_KEY;
		if (classes[c] == &prov_policy_class || classes[c] == &prov_file_class[FAMILY_BITS])
			ck_assert_uint_eq(keys, 0);
		else
			ck_assert_uint_ge(keys, 1);
	}
}
END_TEST

START_TEST(every_policy_is_a_property_and_what_is_told_besides_is_read_only)
{
	static const char *const names[] = {
#define POLICY(name, kind, lo, hi, dflt, help) #name,
#include "schemas/policies.def"
#undef POLICY
	};
	const struct prov_class *cls = &prov_policy_class;
	size_t found = 0;

	ck_assert_uint_eq(cls->nprops, COUNT(names) + 2);
	for (size_t i = 0; i < cls->nprops; i++)
		if (!strcmp(cls->props[i].name, "Fixed") || !strcmp(cls->props[i].name, "StoreTrouble"))
			ck_assert_int_eq(cls->props[i].access, PROV_RO);
		else
			ck_assert_str_eq(cls->props[i].name, names[found++]);
	ck_assert_uint_eq(found, COUNT(names));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent_prov");
	TCase *t = tcase_create("classes");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, microsofts_classes_have_exactly_their_properties);
	tcase_add_test(t, properties_stand_in_the_order_of_the_wire);
	tcase_add_test(t, our_classes_contain_microsofts);
	tcase_add_loop_test(t, microsofts_methods_have_their_signatures, 0, COUNT(mof));
	tcase_add_test(t, defaults_of_parameters_are_those_of_the_mof);
	tcase_add_test(t, singletons_have_no_key_and_all_other_classes_have_one);
	tcase_add_test(t, every_policy_is_a_property_and_what_is_told_besides_is_read_only);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
