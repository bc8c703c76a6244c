#include "cmd/cmd.h"

/* The subcommands, in the order of the help. */
static const struct command *const commands[] = {
        &cmd_run,
        &cmd_estimate,
        &cmd_policy,
        &cmd_prepare,
        &cmd_copy,
        &cmd_thaw,
        &cmd_report,
        &cmd_start,
        &cmd_status,
        &cmd_list,
        &cmd_logs,
        &cmd_stop,
        &cmd_cleanup,
        &cmd_jobs,
        &cmd_jobs_show,
        &cmd_jobs_retry,
        &cmd_jobs_rm,
        &cmd_explain,
        &cmd_man,
        &cmd_completion,
};

int main(int argc, char **argv)
{
    return cmd_main(commands, sizeof commands / sizeof commands[0], argc, argv);
}
