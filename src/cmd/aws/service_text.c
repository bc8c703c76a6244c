#include "cmd/aws/service_text.h"

void service_text_add(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_addc(out, (char)((unsigned char)*text < 0x20 || *text == 0x7F ? ' ' : *text));
}

void service_text_add_failure(
        struct buf *out, const char *lead, const char *error, const char *cause)
{
    const char *const texts[] = {error, cause};
    size_t i;

    for (i = 0; i < 2; i++) {
        if (!texts[i] || !*texts[i])
            continue;
        buf_adds(out, lead);
        service_text_add(out, texts[i]);
        lead = ": ";
    }
}
