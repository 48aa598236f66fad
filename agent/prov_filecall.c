/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_filecall.c: the methods of a job that concern its files.
 */
#include "agent/prov.h"

enum err prov_check_path(const struct prov_invoke *x, const char *path)
{
	const struct prov_world *world = x->cls->ctx;

	/* A remote caller who replaces the users file would be whoever he likes. */
	if (!path || !x->call->caller->remote || !own_files_has(world->own_files, path))
		return ERR_OK;
	return err_set(&x->call->ei, ERR_ACCESS_DENIED,
	    "%.200s belongs to the agent itself; remote callers may "
	    "not put anything there.", path);
}

/* AddFile and AddFileWithRanges. */
enum err prov_add_file(struct prov_invoke *x)
{
	struct eng_new_file *file = arena_zalloc(x->call->arena, sizeof(*file));
	enum err err;

	if (!file)
		return ERR_NO_MEMORY;
	file->url = prov_in_text(x->call, "RemoteUrl");
	file->path = prov_in_text(x->call, "LocalFile");
	file->ranges = prov_in_text(x->call, "Ranges");
	if (file->ranges && !file->ranges[0])
		return err_set(&x->call->ei, ERR_INVALID_ARG, "Ranges is empty; AddFile is for a whole file.");
	x->ec->files = file;
	x->ec->nfiles = 1;
	err = prov_check_path(x, file->path);
	return err ? err : prov_change(x, ENG_ADD_FILES);
}

enum err prov_add_file_set(struct prov_invoke *x)
{
	const struct prov_value *urls = prov_in(x->call, "RemoteUrl"), *paths = prov_in(x->call, "LocalFile");
	struct eng_new_file *files;
	enum err err = ERR_OK;

	if (!urls || !paths || urls->nrows != paths->nrows)
		return err_set(&x->call->ei, ERR_INVALID_ARG, "There are %zu values of RemoteUrl and %zu of "
		    "LocalFile; each file has one of both.", urls ? urls->nrows : 0, paths ? paths->nrows : 0);
	files = arena_zalloc(x->call->arena, urls->nrows * sizeof(*files));
	if (!files)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < urls->nrows && !err; i++) {
		files[i] = (struct eng_new_file){ .url = urls->texts[i], .path = paths->texts[i] };
		err = prov_check_path(x, files[i].path);
	}
	x->ec->files = files;
	x->ec->nfiles = urls->nrows;
	return err ? err : prov_change(x, ENG_ADD_FILES);
}

/* The rest are about one file, or the URLs of all. */
static enum err on_file(struct prov_invoke *x, enum eng_verb verb)
{
	x->ec->index = (uint32_t)prov_in_num(x->call, "Index", 0);
	return prov_change(x, verb);
}

enum err prov_set_remote_name(struct prov_invoke *x)
{
	x->ec->url = prov_in_text(x->call, "RemoteUrl");
	return on_file(x, ENG_SET_URL);
}

enum err prov_replace_prefix(struct prov_invoke *x)
{
	x->ec->text = prov_in_text(x->call, "OldPrefix");
	x->ec->url = prov_in_text(x->call, "NewPrefix");
	return prov_change(x, ENG_REPLACE_PREFIX);
}

enum err prov_set_validation(struct prov_invoke *x)
{
	x->ec->num = prov_in_num(x->call, "ValidationState", 0);
	return on_file(x, ENG_VALIDATE);
}

enum err prov_request_ranges(struct prov_invoke *x)
{
	x->ec->text = prov_in_text(x->call, "Ranges");
	return on_file(x, ENG_WANT);
}

enum err prov_update_position(struct prov_invoke *x)
{
	x->ec->num = prov_in_num(x->call, "Offset", 0);
	return on_file(x, ENG_SEEK);
}
