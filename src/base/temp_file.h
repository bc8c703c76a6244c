/* Temporary files without a name. */
#ifndef COPYOUT_BASE_TEMP_FILE_H
#define COPYOUT_BASE_TEMP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Opens one in that folder for reading and writing. It is unlinked, so that it is gone with the
 * process, however that ends. Returns its descriptor, or -1 (errno). */
int temp_file_open(const char *dir);

/* Writes all len bytes at that offset. dir: the file's folder, for the message. ERR_IO. */
enum err_code temp_file_write(int fd, const char *dir, const void *data, size_t len, uint64_t at,
        struct err *e) ERR_MUST_CHECK;

/* Reads len bytes from that offset on, all of which must be there. dir: likewise. ERR_IO. */
enum err_code temp_file_read(
        int fd, const char *dir, void *to, size_t len, uint64_t at, struct err *e) ERR_MUST_CHECK;

#endif
