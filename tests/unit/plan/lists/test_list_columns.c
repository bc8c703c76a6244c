/* Columns that are named, and the reports that are lists. */
#include "read_list.h"

#include "plan/lists/list_columns.h"
#include "report_header.h"

#define COLUMN_NAMES "bucket, key, versionId, destinationKey and ignore"

static void test_text(void **state)
{
    static const char *const bad[][2] = {
            {"", "names a column that is none of " COLUMN_NAMES},
            {"bucket,size,key", "names a column that is none of " COLUMN_NAMES},
            {"bucket,key,", "names a column that is none of " COLUMN_NAMES},
            {"bucket,key,bucket", "names a column twice"},
            {"bucket,ignore", "must name the columns bucket and key"},
    };
    struct list_columns c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_string_equal(list_columns_of_text(&c, bad[i][0], strlen(bad[i][0])), bad[i][1]);
    assert_null(list_columns_of_text(&c, "key,ignore,bucket,Ignore,destination_key", 40));
    assert_int_equal(c.count, 5);
    assert_int_equal(c.kind[0], LIST_KEY);
    assert_int_equal(c.kind[2], LIST_BUCKET);
    assert_int_equal(c.kind[4], LIST_DESTINATION_KEY);
}

static void test_named(void **state)
{
    const struct manifest_options named = {.columns = "bucket,key,destinationKey"};
    const struct manifest_options other = {.columns = "ignore,key,bucket,versionId"};
    struct manifest_options with_header = named;

    (void)state;
    with_header.header = true;
    list_check(named, "src,a,x/y\nsrc,b,\n", "1 src|a| >x/y\n2 src|b|\n");
    list_check(named, "src,a,\"x,\"\"y\"\n", "1 src|a| >x,\"y\n");
    list_check(named, "src,a\nsrc,b,c,d\n", "1! 2 columns; expected 3\n2! 4 columns; expected 3\n");
    list_check(named, "src,a,caf\xe9\n", "1! the destination key \"caf\\xe9\" is not UTF-8\n");
    list_check(with_header, "x,y,z\nsrc,a,x/y\n", "2 src|a| >x/y\n");
    list_check(other, "1,a,src,v\n2,b,src,\n", "1 src|a|v\n2 src|b|\n");
}

/* A key may begin as other files do, where it comes first. Bytes that are no text are a mistake all
 * the same. */
static void test_key_first(void **state)
{
    const struct manifest_options key_first = {.columns = "key,bucket"};
    static const char *const keys[] = {"ORC/a", "BZh9/a", "PAR1/x", "[data]/x", "{id}/x", "<x>/y",
            "LZIP", "%PDF-1", "-----BEGIN x"};
    char text[64], rows[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        snprintf(text, sizeof text, "%s,src\nb,src", keys[i]);
        snprintf(rows, sizeof rows, "1 src|%s|\n2 src|b|\n", keys[i]);
        list_check(key_first, text, rows);
    }
    list_check(key_first, "ORC\x01\x02,src\n",
            "0! the manifest is an ORC file; export it as CSV: a row bucket,key for each object\n");
    list_check(key_first, "%PDF-1.4\n%x,y\n",
            "0! the manifest is a PDF document; export it as CSV: a row bucket,key for each object\n");
    list_check((struct manifest_options){.columns = "bucket,key"}, "PAR1/x,src\n",
            "0! the manifest is a Parquet file; export it as CSV: a row bucket,key for each object\n");
}

/* A header names the columns where one of them is a destination key; else it is passed over, as it
 * always was. */
static void test_header(void **state)
{
    const struct manifest_options header = {.header = true};

    (void)state;
    list_check(header, "bucket,key,destinationKey\nsrc,a,x\n", "2 src|a| >x\n");
    list_check(header, "\"Bucket\",\"Key\",\"Destination Key\"\nsrc,a,x\n", "2 src|a| >x\n");
    list_check(header, "destination_key,size,bucket,key\nx,7,src,a\n", "2 src|a| >x\n");
    list_check(header, "bucket,key,size\nsrc,a,77\n", "2 src|a|77\n");
    list_check(header, "whatever\nsrc,a\n", "2 src|a|\n");
    list_check((struct manifest_options){0}, "bucket,key,destinationKey\nsrc,a,x\n",
            "2 src|a|x\n1! this looks like a header (\"bucket\" in the bucket's place); --header "
            "passes over it\n");
}

#define REPORT                                                                                    \
    REPORT_CSV_HEADER                                                                             \
    "\"k\",COPIED,10,0.1,1.00,\"verified by etag\",\"s3://src/a/k\",\"s3://dst/to/k\",,\"w\"\r\n" \
    "\"q\"\"1,\r\n2\",FAILED,1,0.1,,\"SlowDown: \"\"slow\"\", down\",\"s3://src/q\"\"1,\r\n2\","  \
    "\"s3://dst/to/q\"\"1,\r\n2\",\"v7\",\r\n"                                                    \
    "\"n\",NOT REACHED,,,,\"the job was stopped before it; run it again\",\"s3://src/n\","        \
    "\"s3://dst/elsewhere/n\",,\r\n"

/* Of a report all rows, or those whose object is not there; with their destination keys where this
 * job copies to the same place. */
static void test_report(void **state)
{
    const struct manifest_options failed = {
            .only_failed = true, .destination_bucket = "dst", .destination_folder = "to/"};
    struct manifest_options all = failed, other = failed;

    (void)state;
    all.only_failed = false;
    other.destination_bucket = "other";
    list_check(failed, REPORT, "3 src|q\"1,\r\n2|v7 >q\"1,\r\n2\n7 src|n|\n");
    list_check(all, REPORT, "2 src|a/k| >k\n3 src|q\"1,\r\n2|v7 >q\"1,\r\n2\n7 src|n|\n");
    list_check(other, REPORT, "3 src|q\"1,\r\n2|v7\n7 src|n|\n");
    list_check(failed,
            "name,status,bytes,seconds,MB/s,message,source,destination\r\n"
            "\"k\",FAILED,10,0.1,,\"x\",\"s3://src/a/k\",\"s3://dst/to/k\"\r\n",
            "2 src|a/k| >k\n");
    /* The apostrophe that was put in front for spreadsheets is taken away, and one of the name
     * itself is not. */
    list_check(failed,
            "name,status,bytes,seconds,MB/s,message,source,destination,sourceVersion,"
            "destinationVersion,escaped\r\n"
            "\"'=k\",FAILED,10,0.1,,\"'=x\",\"s3://src/=k\",\"s3://dst/to/=k\",\"'-v\",,"
            "name message sourceVersion\r\n"
            "\"'=k\",FAILED,10,0.1,,\"x\",\"s3://src/=l\",\"s3://dst/to/=l\",\"'-v\",,name\r\n",
            "2 src|=k|-v >=k\n3 src|=l|'-v >=l\n");
    list_check(failed,
            REPORT_CSV_HEADER "\"k\",SAME,1,0.1,,\"x\",\"s3://src/k\",\"s3://dst/to/k\",,\r\n",
            "0! no row of the report is to be copied: none says that its object is not there\n");
    list_check(failed, REPORT_CSV_HEADER "\"k\",FAILED,1,0.1,,\"x\",\"k\",\"s3://dst/to/k\",,\r\n",
            "2! the bucket is empty\n");
    list_check(failed, "src,k\n",
            "1 src|k|\n0! --only-failed is for a report of copyout, which "
            "this list is not\n");
}

/* Of a completion report of S3 Batch Operations what failed; its keys are URL-encoded. */
static void test_completion(void **state)
{
    const struct manifest_options usual = {0};

    (void)state;
    list_check(usual,
            "src,a%20b%2Bc,,failed,AccessDenied,403,\"Access Denied\"\n"
            "src,d,v1,succeeded,,200,Successful\n"
            "src,e+f,v2,failed,200,PermanentFailure,\"timed \"\"out\"\"\"\n",
            "1 src|a b+c|\n3 src|e f|v2\n");
    list_check(usual, "src,d,,succeeded,,200,Successful\n",
            "0! no row of the report is to be copied: none says that its object is not there\n");
    list_check(usual, "src,a,,failed,x,403,y\nsrc,b\n", "1 src|a|\n2! 2 columns; expected 7\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_text),
            cmocka_unit_test(test_named),
            cmocka_unit_test(test_key_first),
            cmocka_unit_test(test_header),
            cmocka_unit_test(test_report),
            cmocka_unit_test(test_completion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
