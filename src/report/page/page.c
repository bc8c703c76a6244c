#include "report/page/page.h"

#include <openssl/evp.h>
#include <string.h>

#include "report/page/page_files.h"
#include "report/page/page_out.h"
#include "report/page/page_sections.h"
#include "report/page/page_text.h"

enum err_code page_init(
        struct page *p, const struct input *input, const char *tmp_dir, struct err *e)
{
    enum err_code code;

    memset(p, 0, sizeof *p);
    p->input = input;
    code = page_counts_init(&p->counts, e);
    if (code == ERR_OK)
        code = page_rows_new(&p->rows, input->destination_folder, tmp_dir, e);
    if (code != ERR_OK)
        page_free(p);
    return code;
}

void page_free(struct page *p)
{
    page_counts_free(&p->counts);
    page_rows_free(p->rows);
    memset(p, 0, sizeof *p);
}

void page_add(struct page *p, const struct result *r)
{
    page_counts_add(&p->counts, r, p->input->destination_folder);
    page_rows_add(p->rows, r);
}

void page_add_item(struct page *p, const struct item *item, const char *failure)
{
    page_counts_add_item(&p->counts, item, p->input->destination_folder);
    page_rows_add_item(p->rows, item, failure);
}

/* --- the whole --- */

/* Puts the source by which a policy admits an inline style or script: the digest of its bytes
 * (Content Security Policy Level 3, "hash-source"). */
static enum err_code put_hash(struct page_out *o, const char *text, struct err *e)
{
    enum { SHA256_BYTES = 32, BASE64_SIZE = 4 * ((SHA256_BYTES + 2) / 3) + 1 };
    unsigned char digest[EVP_MAX_MD_SIZE], base64[BASE64_SIZE];

    if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
        return err_set(e, ERR_INTERNAL, "no SHA-256 for the report page");
    EVP_EncodeBlock(base64, digest, SHA256_BYTES);
    page_put(o, "'sha256-");
    page_put(o, (const char *)base64);
    page_put(o, "'");
    return ERR_OK;
}

static enum err_code put_head(struct page_out *o, const struct page *p, struct err *e)
{
    enum err_code code;

    page_put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "base-uri 'none'; form-action 'none'; style-src ");
    code = put_hash(o, page_css, e);
    page_put(o, "; script-src ");
    if (code == ERR_OK)
        code = put_hash(o, page_js, e);
    page_put(o, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Copy report: s3://");
    page_puts_text(o, p->input->destination_bucket);
    page_put(o, "/");
    page_puts_text(o, p->input->destination_folder);
    page_put(o, "</title>\n<style>");
    page_put(o, page_css);
    page_put(o, "</style>\n</head>\n<body>\n");
    return code;
}

/* Says where the rows are that the table has no room for. */
static void put_left_out(struct page_out *o, const struct page *p, const struct page_facts *facts)
{
    uint64_t all = page_rows_all(p->rows), shown = page_rows_shown(p->rows);

    if (all == shown)
        return;
    page_put(o, "<p class=\"left-out\">The table has ");
    page_put_count(o, shown);
    page_put(o, " of ");
    page_put_count(o, all);
    page_put(o, " rows: those of objects that are not there, then the first of the list. All rows "
                "are in <bdi>");
    page_puts_text(o, facts->csv_place);
    page_put(o, "</bdi>.</p>\n");
}

static void put_string(struct page_out *o, const char *name, const char *text)
{
    page_put(o, name);
    buf_clear(&o->text);
    page_json(&o->text, text, strlen(text));
    page_put_scratch(o);
    page_put(o, "\"");
}

/* The rows, for the script: data that no browser runs. */
static enum err_code put_rows(struct page_out *o, const struct page *p, struct err *e)
{
    enum err_code code;
    const char *status;
    unsigned i;

    page_put(o, "<script type=\"application/json\" id=\"rows-data\">{");
    put_string(o, "\"bucket\":\"", p->input->destination_bucket);
    put_string(o, ",\"folder\":\"", p->input->destination_folder);
    page_put(o, ",\"statuses\":[");
    for (i = 0; (status = page_status_name(i)); i++)
        put_string(o, i > 0 ? ",\"" : "\"", status);
    page_put(o, "],\"rows\":[");
    code = page_rows_write(p->rows, o->file, e);
    page_put(o, "]}</script>\n");
    return code;
}

enum err_code page_write(struct page *p, const struct page_facts *facts, FILE *out, struct err *e)
{
    struct page_out o;
    enum err_code code;

    page_out_init(&o, out);
    code = put_head(&o, p, e);
    page_put(&o, "<main>\n");
    page_header(&o, p, facts);
    page_failures(&o, p, facts);
    page_summary(&o, p, facts);
    page_plots(&o, p);
    page_folders(&o, p);
    page_put(&o, page_table);
    put_left_out(&o, p, facts);
    page_put(&o, "</section>\n</main>\n");
    if (code == ERR_OK)
        code = put_rows(&o, p, e);
    page_put(&o, "<script>");
    page_put(&o, page_js);
    page_put(&o, "</script>\n</body>\n</html>\n");
    if (code == ERR_OK && o.failed)
        code = err_nomem(e);
    page_out_free(&o);
    return code;
}
