#include "store/plan_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/temp_file.h"
#include "store/shard_digest.h"

enum {
    BLOCK = 64 * 1024,
    TURN_BYTES = 1 << 24, /* between two turns of the loop */
    /* Bytes that nobody asked for take S3 as long as a request more does, some 20 ms. */
    GAP_MOST = 1 << 20,
};

/* --- of marked shards --- */

/* Fetches a range, and puts it where it is in items.jsonl, of which `begin` is the first byte of
 * the file fd. A newline follows it, so that no line goes on over what is not fetched, of a file
 * that was changed. */
static enum err_code fetch_range(
        struct store *store, const struct lines_range *range, uint64_t begin, int fd, struct err *e)
{
    uint64_t at = range->offset - begin, left = range->length;
    char block[BLOCK];
    FILE *from;
    enum err_code code =
            store_read_range(store, ITEMS_FILE, range->offset, range->length, &from, e);

    if (code == ERR_OK && !from)
        code = err_set(e, ERR_IO, "the work store has no " ITEMS_FILE);
    while (code == ERR_OK && left > 0) {
        size_t n = fread(block, 1, left < BLOCK ? (size_t)left : BLOCK, from);

        if (n == 0)
            break; /* plan_check_items() tells of it */
        code = temp_file_write(fd, store_temp_dir(store), block, n, at, e);
        at += n;
        left -= n;
    }
    if (code == ERR_OK && left > 0 && ferror(from))
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    if (code == ERR_OK && left == 0)
        code = temp_file_write(fd, store_temp_dir(store), "\n", 1, at, e);
    if (from)
        fclose(from);
    return code;
}

/* A file in which the lines are where they would be in the whole, from the first of them on. What
 * lies between is not there, and takes no room on the disk. */
static enum err_code fetch_ranges(
        const struct plan *p, struct store *store, FILE **items, struct err *e)
{
    uint64_t begin = plan_first_line(p);
    int fd = temp_file_open(store_temp_dir(store));
    enum err_code code = ERR_OK;
    struct lines_range range;
    unsigned shard = 0;

    if (fd < 0)
        return err_errno(e, errno, "cannot make a temporary file");
    while (code == ERR_OK && plan_next_range(p, GAP_MOST, &shard, &range))
        code = fetch_range(store, &range, begin, fd, e);
    *items = code == ERR_OK ? fdopen(fd, "r") : NULL;
    if (code == ERR_OK && !*items)
        code = err_errno(e, errno, "cannot read a temporary file");
    if (code != ERR_OK)
        close(fd);
    return code;
}

/* --- all --- */

enum err_code plan_open_lines(
        const struct plan *p, struct store *store, FILE **items, off_t *origin, struct err *e)
{
    uint64_t begin = plan_first_line(p);
    enum err_code code;

    *items = NULL;
    if (p->has_gaps && !store_is_exclusive(store))
        code = fetch_ranges(p, store, items, e);
    else if (!p->is_part && !p->has_gaps)
        code = store_read(store, ITEMS_FILE, items, e);
    else
        code = store_read_range(store, ITEMS_FILE, begin, plan_lines_end(p) - begin, items, e);
    if (code == ERR_OK && !*items)
        return err_set(e, ERR_IO, "the work store has no " ITEMS_FILE);
    if (code == ERR_OK)
        *origin = ftello(*items) - (off_t)begin;
    return code;
}

/* Reads a shard's lines and compares. */
static enum err_code check_shard(const struct shard *s, unsigned number, FILE *items,
        struct shard_digest *digest, struct net *net, struct err *e)
{
    unsigned char is[SHARD_DIGEST_SIZE];
    char block[BLOCK];
    uint64_t left = s->length;

    while (left > 0) {
        size_t n = fread(block, 1, left < BLOCK ? (size_t)left : BLOCK, items);

        if (n == 0 && ferror(items))
            return err_errno(e, errno, "cannot read " ITEMS_FILE);
        if (n == 0)
            return err_set(
                    e, ERR_VERIFY, ITEMS_FILE ": the items end before shard %u does", number);
        if (!shard_digest_add(digest, block, n))
            return err_nomem(e);
        if (net && left / TURN_BYTES != (left - n) / TURN_BYTES)
            net_turn(net);
        left -= n;
    }
    if (!shard_digest_end(digest, is))
        return err_nomem(e);
    if (!s->has_digest || memcmp(is, s->digest, sizeof is) == 0)
        return ERR_OK;
    return err_set(e, ERR_VERIFY, ITEMS_FILE ": shard %u is not the one that was planned", number);
}

enum err_code plan_go_to_shard(
        const struct plan *p, unsigned shard, FILE *items, off_t origin, struct err *e)
{
    if (p->has_gaps && fseeko(items, origin + (off_t)p->shards[shard].offset, SEEK_SET) != 0)
        return err_errno(e, errno, "cannot read " ITEMS_FILE);
    return ERR_OK;
}

static enum err_code find_and_check_shard(const struct plan *p, unsigned shard, FILE *items,
        off_t origin, struct shard_digest *digest, struct net *net, struct err *e)
{
    if (p->shards[shard].items == 0)
        return ERR_OK;
    if (plan_go_to_shard(p, shard, items, origin, e) != ERR_OK)
        return e->code;
    return check_shard(&p->shards[shard], p->first_shard + shard, items, digest, net, e);
}

enum err_code plan_check_items(const struct plan *p, FILE *items, struct net *net, struct err *e)
{
    struct shard_digest *digest = shard_digest_new();
    enum err_code code = digest ? ERR_OK : err_nomem(e);
    bool is_whole = !p->is_part && !p->has_gaps;
    off_t begin = ftello(items), origin = begin - (off_t)plan_first_line(p);
    unsigned i;

    /* The items of a job without digests are looked at one by one, as they are copied. */
    for (i = 0; code == ERR_OK && i < p->shard_count &&
                (p->shards[i].has_digest || p->shards[i].items == 0);
            i++)
        code = find_and_check_shard(p, i, items, origin, digest, net, e);
    if (code == ERR_OK && is_whole && p->items_bytes > 0 && i == p->shard_count &&
            fgetc(items) != EOF)
        code = err_set(e, ERR_VERIFY, ITEMS_FILE " is longer than was planned");
    if (code == ERR_OK && (begin < 0 || fseeko(items, begin, SEEK_SET) != 0))
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    shard_digest_free(digest);
    return code;
}
