/* SPDX-License-Identifier: MIT
 * engine/seal.c: see seal.h. On disk: nonce (12), bytes, tag (16).
 */
#include "engine/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "engine/base/auto.h"

#define KEY 32
#define NONCE 12
#define TAG 16

struct seal {
	unsigned char key[KEY];
};

static bool make_key(int dir, unsigned char key[KEY])
{
	AUTO_CLOSE int fd = openat(dir, "key.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd >= 0 && getrandom(key, KEY, 0) == KEY && write(fd, key, KEY) == KEY && !fsync(fd) &&
	    !renameat(dir, "key.new", dir, "key") && !fsync(dir);
}

static bool read_key(int dir, unsigned char key[KEY])
{
	AUTO_CLOSE int fd = openat(dir, "key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char more;

	if (fd < 0)
		return errno == ENOENT && make_key(dir, key);
	errno = EINVAL;
	return read(fd, key, KEY) == KEY && read(fd, &more, 1) == 0;
}

struct seal *seal_open(const char *path, struct errinfo *ei)
{
	AUTO_CLOSE int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct seal *seal = calloc(1, sizeof(*seal));

	if (!seal) {
		err_plain(ei, ERR_NO_MEMORY);
		return NULL;
	}
	if (dir < 0 || !read_key(dir, seal->key)) {
		err_set(ei, ERR_STORE,
		    "%.200s/key, which opens the secrets of the jobs, cannot be used: %s", path,
		    errno == EINVAL ? "it is not a key of 32 bytes; put the right one back" : strerror(errno));
		seal_free(seal);
		return NULL;
	}
	return seal;
}

void seal_free(struct seal *seal)
{
	if (!seal)
		return;
	OPENSSL_cleanse(seal, sizeof(*seal));
	free(seal);
}

bool seal_shut(struct seal *seal, const char *text, size_t len, const char *context, unsigned char *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = c && getrandom(out, NONCE, 0) == NONCE &&
	    EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, seal->key, out) &&
	    EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)context, (int)strlen(context)) &&
	    EVP_EncryptUpdate(c, out + NONCE, &n, (const unsigned char *)text, (int)len) &&
	    EVP_EncryptFinal_ex(c, out + NONCE + len, &n) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + len);

	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool seal_unshut(struct seal *seal, const unsigned char *bytes, size_t len, const char *context, char *out)
{
	EVP_CIPHER_CTX *c;
	size_t text = len - SEAL_MORE;
	int n = 0;
	bool ok;

	if (len < SEAL_MORE)
		return false;
	c = EVP_CIPHER_CTX_new();
	ok = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, seal->key, bytes) &&
	    EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)context, (int)strlen(context)) &&
	    EVP_DecryptUpdate(c, (unsigned char *)out, &n, bytes + NONCE, (int)text) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, (void *)(bytes + NONCE + text)) &&
	    EVP_DecryptFinal_ex(c, (unsigned char *)out + text, &n) > 0;
	out[ok ? text : 0] = '\0';
	EVP_CIPHER_CTX_free(c);
	return ok;
}
