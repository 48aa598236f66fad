/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_lone.h: one job in an engine that never settles: changes stay in memory, there is
 * neither thread nor disk.
 */
#ifndef TEST_ENGINE_LONE_H
#define TEST_ENGINE_LONE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core.h"
#include "engine/shelf.h"

static struct engine eng;
static struct job *job;

static void setup(void)
{
	struct guid id;

	memset(&eng, 0, sizeof(eng));
	eng.settling = true;
	eng.shelf = shelf_new();
	ck_assert_ptr_nonnull(eng.shelf);
	ck_assert(guid_new(&id));
	job = job_new(&eng, &id);
	ck_assert_ptr_nonnull(job);
	job_props_default(job);
}

static void teardown(void)
{
	job_free(&eng, job);
	free(eng.due);
	shelf_free(eng.shelf);
}

#endif
