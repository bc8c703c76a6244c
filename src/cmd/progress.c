#include "cmd/progress.h"

#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/console.h"

enum { PERSON_MS = 200, LOG_MS = 10000 };

static void wipe(void *ctx)
{
    struct progress *p = ctx;

    if (p->shown)
        fputs("\r\033[K", p->err);
    p->shown = false;
}

void progress_init(struct progress *p, const struct cmd_io *io)
{
    *p = (struct progress){.err = io->err, .person = isatty(fileno(io->err)) == 1};
    console_set_hook(wipe, p);
}

uint64_t progress_every_ms(const struct progress *p)
{
    return p->person ? PERSON_MS : LOG_MS;
}

void progress_describe(const struct engine_progress *now, char *line, size_t size)
{
    double rate = now->seconds > 0 ? (double)(now->done - now->carried) / now->seconds : 0;
    uint64_t failed = now->by_status[RESULT_FAILED];
    char bytes[32], eta[32] = "", bad[48] = "";

    if (rate > 0 && now->done < now->items)
        (void)snprintf(eta, sizeof eta, ", %.0f s to go", (double)(now->items - now->done) / rate);
    if (failed > 0)
        (void)snprintf(bad, sizeof bad, ", %llu FAILED", (unsigned long long)failed);
    (void)snprintf(line, size,
            "%llu of %llu objects (%.0f%%), %s copied, %.0f objects/s, %u requests%s%s",
            (unsigned long long)now->done, (unsigned long long)now->items,
            now->items ? 100.0 * (double)now->done / (double)now->items : 100.0,
            str_bytes(bytes, sizeof bytes, now->bytes_copied), rate, now->requests_in_flight, bad,
            eta);
}

void progress_show(void *ctx, const struct engine_progress *now)
{
    struct progress *p = ctx;
    char line[256];

    progress_describe(now, line, sizeof line);
    if (!p->person) {
        log_info("%s", line);
        return;
    }
    fprintf(p->err, "\r\033[K%s", line);
    fflush(p->err);
    p->shown = true;
}

void progress_end(struct progress *p)
{
    wipe(p);
    console_set_hook(NULL, NULL);
}
