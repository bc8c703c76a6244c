/* The names that Elsa Data's earlier copy services (elsa-data/aws-copy-out-sharer, and
 * umccr/steps-s3-copy in its first year) had for fields of the input. */
#include <string.h>

#include "base/log.h"
#include "model/fields/input_fields.h"
#include "model/input.h"

/* The services made the S3 client of it, and an empty region made none. In the new fields "" stands
 * for any region, which the old one never meant. */
static const char *region_problem(const char *s, size_t len)
{
    return len > 0 ? field_find(&input_fields, "sourceRequiredRegion")->problem(s, len)
                   : "is no region";
}

/* A prefix without a last '/' was an error of the services, too
 * (DestinationPrefixKeyNoTrailingSlashError), and never a part of a name. */
static const struct former_field table[] = {
        {"destinationPrefixKey", {"destinationFolderKey"}, NULL, "destinationFolderKey"},
        {"requiredRegion", {"sourceRequiredRegion", "destinationRequiredRegion"}, region_problem,
                "sourceRequiredRegion and destinationRequiredRegion"},
};

enum { COUNT = sizeof table / sizeof table[0] };

const struct former_field *former_find(const char *name)
{
    size_t i;

    for (i = 0; i < COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

unsigned former_bit(const struct former_field *former)
{
    return 1u << (former - table);
}

void input_log_former(const struct input *in)
{
    size_t i;

    for (i = 0; i < COUNT; i++)
        if (in->former & former_bit(&table[i]))
            log_warn("%s: the field is now called %s; the old name is taken for it", table[i].name,
                    table[i].names);
}
