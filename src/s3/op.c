#include "s3/op.h"

const char *s3_op_name(enum s3_op op)
{
    static const char *const names[] = {
#define S3_OP_NAME(op, name) name,
            S3_OP_TABLE(S3_OP_NAME)
#undef S3_OP_NAME
    };

    return names[op];
}
