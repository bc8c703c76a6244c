#include <string.h>

#include "job/verify/audit.h"
#include "report/report_csv.h"

/* Appends a field; returns whether it was escaped. */
static bool add_field(struct buf *out, const char *text)
{
    bool escape = report_csv_is_formula(text);

    buf_adds(out, escape ? "\"'" : "\"");
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
    return escape;
}

void audit_csv_row(struct buf *out, const struct audit_finding *finding)
{
    bool key, message;

    buf_adds(out, audit_name(finding->kind));
    buf_addc(out, ',');
    key = add_field(out, finding->key);
    buf_addc(out, ',');
    message = add_field(out, finding->message);
    buf_addc(out, ',');
    buf_adds(out, key ? "key" : "");
    buf_adds(out, key && message ? " " : "");
    buf_adds(out, message ? "message" : "");
    buf_adds(out, "\r\n");
}
