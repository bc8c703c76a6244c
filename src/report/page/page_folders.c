/* The folders of the destination, as lists in lists that open and close without a script. */
#include "report/page/page_sections.h"

static void put_counts(struct page_out *o, const struct folder *f)
{
    page_put(o, " <span class=\"counts\">");
    page_put_count(o, f->objects);
    page_put(o, f->objects == 1 ? " object, " : " objects, ");
    page_put_bytes(o, f->bytes);
    if (f->bad > 0) {
        page_put(o, ", <b>");
        page_put_count(o, f->bad);
        page_put(o, " not there</b>");
    }
    page_put(o, "</span>");
}

static void put_name(struct page_out *o, const struct page *p, const struct folder *f)
{
    if (f->depth > 0) {
        page_put_name(o, f->name, f->name_len);
        page_put(o, "/");
    } else {
        page_put(o, "<bdi>s3://");
        page_puts_text(o, p->input->destination_bucket);
        page_put(o, "/");
        page_puts_text(o, p->input->destination_folder);
        page_put(o, "</bdi>");
    }
}

/* order: each folder before those in it. */
static void put_tree(struct page_out *o, const struct page *p, const unsigned *order, unsigned n)
{
    unsigned i, depth, next;

    for (i = 0; i < n; i++) {
        const struct folder *f = folders_at(p->counts.folders, order[i]);

        next = i + 1 < n ? folders_at(p->counts.folders, order[i + 1])->depth : 0;
        page_put(o, "<li>");
        if (next > f->depth)
            page_put(o, f->depth == 0 ? "<details open><summary>" : "<details><summary>");
        put_name(o, p, f);
        put_counts(o, f);
        page_put(o, next > f->depth ? "</summary><ul>\n" : "</li>\n");
        for (depth = f->depth; depth > next; depth--)
            page_put(o, "</ul></details></li>\n");
    }
}

void page_folders(struct page_out *o, const struct page *p)
{
    const unsigned *order;
    unsigned n = folders_sum(p->counts.folders, &order);

    page_put(o, "<section aria-labelledby=\"folders\">\n<h2 id=\"folders\">Folders of the "
                "destination</h2>\n<ul class=\"tree\">\n");
    put_tree(o, p, order, n);
    page_put(o, "</ul>\n");
    if (folders_cut(p->counts.folders) > 0) {
        page_put(o, "<p>");
        page_put_count(o, folders_cut(p->counts.folders));
        page_put(o, " objects lie in folders below those that are shown, and are counted with "
                    "these.</p>\n");
    }
    page_put(o, "</section>\n");
}
