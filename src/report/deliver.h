/* The files of a report that go into the destination, each beside the copies and known as ours
 * (s3/own_file.h). */
#ifndef COPYOUT_REPORT_DELIVER_H
#define COPYOUT_REPORT_DELIVER_H

#include <stdbool.h>
#include <stdio.h>

#include "report/summary.h"

/* Whether the CSV goes there. A dry run leaves nothing there. */
bool deliver_wants_csv(const struct report_env *env);

/* Puts the CSV of the work store there, or, if it is not NULL, `escaped` in its place, if it is
 * wanted there. *key: under which it is there; free(). It stays NULL where it is not. Errors: of
 * the requests, and of the work store; the message names the file. */
enum err_code deliver_csv(
        const struct report_env *env, FILE *escaped, char **key, struct err *e) ERR_MUST_CHECK;
/* The same of the report page. */
enum err_code deliver_page(const struct report_env *env, char **key, struct err *e) ERR_MUST_CHECK;
/* The same of the delivery record, which never replaces a file of somebody else. */
enum err_code deliver_record(
        const struct report_env *env, char **key, struct err *e) ERR_MUST_CHECK;

#endif
