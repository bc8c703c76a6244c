/* The page as a whole: hostile texts are nowhere but as text, and what is not there comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "../../model/made_result.h"
#include "report/page/page.h"

static char there[] = "there", folder[] = "a</title>/";
static const struct input input = {.destination_bucket = there, .destination_folder = folder};
static struct page page;
static struct report report;
static char *text;
static size_t text_len;
static struct err err;

static int set_up(void **state)
{
    (void)state;
    memset(&report, 0, sizeof report);
    return page_init(&page, &input, "/tmp", &err) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    page_free(&page);
    report_free(&report);
    free(text);
    text = NULL;
    return 0;
}

static void write_page(void)
{
    const struct page_facts facts = {.report = &report,
            .csv_place = "s3://there/<b>.csv",
            .work_place = "work & more",
            .made_s = 1764171802};
    FILE *file = open_memstream(&text, &text_len);

    assert_int_equal(page_write(&page, &facts, file, &err), ERR_OK);
    fclose(file);
}

static void add(uint64_t line, const char *key, enum result_status status)
{
    struct result r = result(key, NULL, key, status);

    r.item.line = line;
    r.ended = 1764171000 + line;
    if (status == RESULT_FAILED)
        fail_with(&r, line % 2 ? "AccessDenied" : "<Odd>", "</script> why");
    page_add(&page, &r);
    report.items++;
    report.by_status[status]++;
    if (status == RESULT_FAILED && report.failures_kept < REPORT_FAILURES_KEPT)
        report.failures[report.failures_kept++] = r;
    else
        result_free(&r);
}

static void has(const char *part)
{
    if (!strstr(text, part))
        fail_msg("the page lacks: %s", part);
}

static unsigned count(const char *part)
{
    size_t len = strlen(part);
    const char *at;
    unsigned n = 0;

    /* strstr() of a sanitized build looks at all of the text each time. */
    for (at = text; *at; at++)
        n += *at == *part && strncmp(at, part, len) == 0;
    return n;
}

static void test_hostile(void **state)
{
    (void)state;
    add(1, "</script><script>alert(1)</script>", RESULT_COPIED);
    add(2, "<img src=x onerror=alert(2)>/x", RESULT_FAILED);
    add(3, "\xFF\xE2\x80\xA8", RESULT_FAILED);
    write_page();
    assert_int_equal(count("<script"), 2); /* the rows and ours */
    assert_int_equal(count("</script"), 2);
    assert_int_equal(count("<img"), 0);
    assert_int_equal(count("a</title"), 0);
    assert_int_equal(count("<b>.csv"), 0);
    assert_true(str_utf8_valid(text, text_len));
    has("&lt;Odd&gt;");
    has("S3 refused the request for want of a right."); /* the catalogue's meaning of AccessDenied
                                                         */
    has("work &amp; more");
    has("2 of 3 objects are not at the destination.");
    has("script-src 'sha256-");
}

/* Rows of what is not there stand first, whatever came first; what is said again is 0. */
static void test_rows(void **state)
{
    struct item item = {.line = 9,
            .bucket = (char *)(uintptr_t) "other",
            .key = (char *)(uintptr_t) "k",
            .destination_key = (char *)(uintptr_t) "a</title>/k"};

    (void)state;
    add(1, "one", RESULT_COPIED);
    add(2, "two", RESULT_COPIED);
    add(3, "three", RESULT_FAILED);
    page_add_item(&page, &item, NULL);
    write_page();
    has("\"rows\":[\n"
        "[3,3,2500000,0.500,\"source\",\"three\",\"three\",\"AccessDenied: \\u003c/script\\u003e "
        "why (request R1, host H1)\"],\n"
        "[9,5,null,null,\"other\",\"k\",0,\"the job was stopped before it; run it again\"],\n"
        "[1,0,2500000,0.500,\"source\",\"one\",\"one\",\"verified by etag\"],\n"
        "[2,0,2500000,0.500,0,\"two\",\"two\",0]]}");
    has("\"statuses\":[\"COPIED\",\"SAME\",\"KEPT\",\"FAILED\",\"PENDING\",\"NOT REACHED\"]");
}

static void test_complete(void **state)
{
    (void)state;
    add(1, "one", RESULT_COPIED);
    report.verified[VERIFIED_ETAG] = 1;
    report.notes[0] = 1;
    write_page();
    has("<strong>Complete.</strong>");
    has("<th scope=\"row\">tags-dropped</th>");
    assert_int_equal(count("id=\"failures\""), 0);
    assert_int_equal(count("left-out\""), 0);
    has("1 objects were copied at");
}

/* An empty list, and names of errors beyond those that are told apart. */
static void test_edges(void **state)
{
    struct result r = result("k", NULL, "k", RESULT_FAILED);
    unsigned i;

    (void)state;
    for (i = 0; i < PAGE_CODES_MOST + 3; i++) {
        char code[16];

        snprintf(code, sizeof code, "Code%u", i);
        fail_with(&r, code, "why");
        page_add(&page, &r);
    }
    result_free(&r);
    report.items = report.by_status[RESULT_FAILED] = PAGE_CODES_MOST + 3;
    write_page();
    has("<th scope=\"row\">other names</th><td class=\"number\">3</td>");
    has("A name that the server gave");
}

static void test_left_out(void **state)
{
    struct item item = {.line = 1,
            .bucket = (char *)(uintptr_t) "b",
            .key = (char *)(uintptr_t) "k",
            .destination_key = (char *)(uintptr_t) "k"};
    unsigned i;

    (void)state;
    add(1, "copied", RESULT_COPIED);
    for (i = 0; i < PAGE_ROWS_MOST + 5; i++)
        page_add_item(&page, &item, NULL);
    write_page();
    has("The table has 100,000 of 100,006 rows");
    has("s3://there/&lt;b&gt;.csv</bdi>.");
    assert_int_equal(count("\n[1,5,"), PAGE_ROWS_MOST);
    assert_int_equal(count("\n[1,0,"), 0);
}

static void test_no_folder(void **state)
{
    struct page p;

    (void)state;
    assert_int_equal(page_init(&p, &input, "/nowhere/at/all", &err), ERR_IO);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_complete, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_edges, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_left_out, set_up, tear_down),
            cmocka_unit_test(test_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
