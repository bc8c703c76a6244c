/* The state of the whole process, set once before anything else is done. The library does none of
 * it: its process is its caller's. */
#ifndef COPYOUT_CMD_PROCESS_H
#define COPYOUT_CMD_PROCESS_H

/* Opens a standard stream that is closed: its number would go to the next file or socket that is
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
void process_prepare(void);

#endif
