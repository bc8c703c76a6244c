#include "s3/op.h"

static const struct {
    const char *name;
    const char *method;
    enum s3_resend resend;
} ops[] = {
#define S3_OP_ROW(op, name, method, resend, build, parse, free_parsed) \
    [op] = {name, method, resend},
        S3_OP_TABLE(S3_OP_ROW)
#undef S3_OP_ROW
};

const char *s3_op_name(enum s3_op op)
{
    return ops[op].name;
}

const char *s3_op_method(enum s3_op op)
{
    return ops[op].method;
}

enum s3_resend s3_op_resend(enum s3_op op)
{
    return ops[op].resend;
}
