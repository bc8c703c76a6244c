/* The results of earlier runs of one shard, as the ledger of that shard: which objects they wrote,
 * and under which ETags. They lie in the work store under ledger_name(). */
#ifndef COPYOUT_STORE_LEDGER_FILE_H
#define COPYOUT_STORE_LEDGER_FILE_H

#include "model/result.h"
#include "store/store.h"

struct ledger_file;

/* Opens the file of that name for looking things up. *out is NULL when there is none. It is read
 * once, and 16 bytes are kept for each object that was written under an ETag of its own. A line
 * that cannot be understood, such as one that was cut off by a kill, says nothing. The file must
 * stay as it is until ledger_file_close(). It may be called from within a callback if the file is
 * here. */
enum err_code ledger_file_open(struct ledger_file **out, struct store *store, const char *name,
        struct err *e) ERR_MUST_CHECK;
void ledger_file_close(struct ledger_file *l); /* NULL is allowed */

/* Fills entry, whose content is then the caller's, with the newest that the file has of that item.
 * false: there is nothing, or no memory, or it cannot be read. */
bool ledger_file_find(struct ledger_file *l, const struct item *item, struct ledger_entry *entry);

/* The same of the file of that name, which is opened when something is looked up first: *l, which
 * begins as NULL, and is then to be closed. *is: whether there may be one; it becomes false where
 * there is none, or none that can be read, which a warning says. */
bool ledger_file_look(struct ledger_file **l, bool *is, struct store *store, const char *name,
        const struct item *item, struct ledger_entry *entry);

/* Writes what both files have of objects that were written under ETags of their own, each a result
 * line, to out: of `older` (NULL: nothing) but for what `newer` makes needless. Both are read to
 * their ends. */
enum err_code ledger_file_merge(FILE *older, FILE *newer, FILE *out, struct err *e) ERR_MUST_CHECK;

#endif
