/* SPDX-License-Identifier: MIT
 * tests/fuzz/fuzz_wql.c: any bytes as a WQL query, of an enumeration and of a subscription.
 */
#include "tests/fuzz/fuzz_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	fuzz_filter("http://schemas.microsoft.com/wbem/wsman/1/WQL", text, NULL, true, false);
	fuzz_filter("http://schemas.microsoft.com/wbem/wsman/1/WQL", text, NULL, true, true);
	free(text);
	return 0;
}
