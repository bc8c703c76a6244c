/* Parses a page of a listing, of 1,000 keys as Amazon S3 lists them, as often as it is told: what a
 * key costs is counted by callgrind, as the difference of two runs (docs/performance.md). usage:
 * bench_listing PAGES */
#include <stdio.h>
#include <stdlib.h>

#include "s3/parse/parse.h"

enum { KEYS = 1000 };

static void write_page(struct buf *xml)
{
    int i;

    buf_adds(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                  "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>canned-source</Name>"
                  "<Prefix></Prefix><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4"
                  "vbOwM=</NextContinuationToken><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys>"
                  "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>");
    for (i = 0; i < KEYS; i++)
        buf_addf(xml,
                "<Contents><Key>sample-%04d/reads-%09d.cram</Key><LastModified>"
                "2024-06-03T10:00:00.000Z</LastModified><ETag>&quot;6bfa26b7b5b8d3a8f4b2f1b0a9e2a1d3"
                "&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>"
                "FULL_OBJECT</ChecksumType><Size>%d</Size><StorageClass>STANDARD</StorageClass>"
                "</Contents>",
                i % 97, i, i * 4096);
    buf_adds(xml, "</ListBucketResult>");
}

static enum err_code read_page(const struct http_response *response, struct err *e)
{
    struct s3_call call = {.op = S3_LIST_OBJECTS};
    struct s3_answer answer = {.status = response->status,
            .headers = &response->headers,
            .body = buf_str(&response->body),
            .body_len = response->body.len};
    char region[S3_REGION_MAX];

    s3_classify(&answer, e, region);
    if (e->code == ERR_OK && s3_parse_keys(&call, response, e) == ERR_OK) {
        if (call.reply.u.keys.count != KEYS)
            err_set(e, ERR_INTERNAL, "%u keys of %d", call.reply.u.keys.count, KEYS);
        s3_free_keys(&call.reply);
    }
    return e->code;
}

int main(int argc, char **argv)
{
    struct http_response response = {.status = 200};
    long pages = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    struct err e;

    headers_init(&response.headers);
    buf_init(&response.body, BUF_MAX_ANSWER);
    write_page(&response.body);
    for (; pages > 0; pages--) {
        if (read_page(&response, &e) != ERR_OK) {
            fprintf(stderr, "%s\n", e.message);
            return 1;
        }
    }
    buf_free(&response.body);
    return 0;
}
