/* The lines of --json-progress, on standard output: an interface that docs/progress.schema.json
 * describes and docs/progress.md explains. Each is one JSON object with its `type`. */
#ifndef COPYOUT_CMD_PROGRESS_PROGRESS_JSON_H
#define COPYOUT_CMD_PROGRESS_PROGRESS_JSON_H

#include "base/log.h"
#include "cli/io.h"
#include "cmd/progress/progress_lines.h"

/* How far it is; now: with the names of its largest objects, which facts have for people only. */
void progress_json_status(const struct cmd_io *io, const struct progress_facts *facts,
        const struct engine_progress *now);
/* An object has its result, which was recorded. */
void progress_json_object(const struct cmd_io *io, const struct result *result);
/* A line of the log. */
void progress_json_warning(const struct cmd_io *io, enum log_level level, const char *line);
/* The last line. text: what --json prints, one JSON object, whose members the line has too; if it
 * is none (no memory), the line tells the exit code alone. */
void progress_json_summary(const struct cmd_io *io, const char *text, int exit_code);

#endif
