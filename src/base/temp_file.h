/* Temporary files without a name. */
#ifndef COPYOUT_BASE_TEMP_FILE_H
#define COPYOUT_BASE_TEMP_FILE_H

/* Opens one in that folder for reading and writing. It is unlinked, so that it is gone with the
 * process, however that ends. Returns its descriptor, or -1 (errno). */
int temp_file_open(const char *dir);

#endif
