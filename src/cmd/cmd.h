/* The subcommands, and the way from the process's arguments to one of them. Each subcommand is one
 * file, cmd_NAME.c. A name may be of two words ("jobs show"), whose first is a command too. */
#ifndef COPYOUT_CMD_CMD_H
#define COPYOUT_CMD_CMD_H

#include "cli/command.h"

extern const struct command cmd_run, cmd_estimate, cmd_policy, cmd_prepare, cmd_copy, cmd_thaw,
        cmd_report, cmd_start, cmd_status, cmd_list, cmd_logs, cmd_stop, cmd_cleanup, cmd_jobs,
        cmd_jobs_show, cmd_jobs_retry, cmd_jobs_rm, cmd_explain, cmd_man, cmd_completion;

/* Runs the command that argv[1], or argv[1] and argv[2], name and returns the exit code. Reads and
 * writes through io only.
 */
int cmd_execute(const struct command *const *commands, size_t count, int argc, char **argv,
        const struct cmd_io *io);

/* The same with the streams and the environment of the process, after cmd_begin_process(). */
int cmd_main(const struct command *const *commands, size_t count, int argc, char **argv);

/* Sets the state of the whole process, before anything else is done. (The library does not: its
 * process is its caller's.)
 *
 * Opens a standard stream that is closed: its number would go to the next file or socket that is
 * opened, and our messages would go there. In its place comes one that cannot be read, or written,
 * and says so. Ends the process where that is not possible.
 *
 * Forbids core dumps, which would hold the credentials: RLIMIT_CORE is 0, and the process is not
 * dumpable (prctl(2), PR_SET_DUMPABLE), since the limit does not hold where the kernel hands core
 * dumps to a program (core(5), core_pattern). Other processes of the same user may not read its
 * memory or attach to it then, as a debugger does; one that started it may. Under
 * AddressSanitizer it stays dumpable: the leak check attaches to it.
 *
 * Ignores SIGXFSZ: a file that grows beyond RLIMIT_FSIZE is then an error of write(2), EFBIG, and
 * is told like a full disk. */
void cmd_begin_process(void);

#endif
