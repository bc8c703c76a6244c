#!/bin/sh
# The lint finds faults that no compiler sees: text that is written twice and differs, includes that point
# up, lengths, circles, format.
# clang-tidy and cppcheck are scripts/tidy.sh and scripts/cppcheck.sh.
# usage: scripts/lint.sh PATH-OF-COPYOUT
set -eu
copyout=$1
bad=0
say() {
    echo "lint: $*"
    bad=1
}

# The manual page is the option table's.
"$copyout" man | diff -u man/copyout.1 - ||
    say "man/copyout.1 is old: build/copyout man > man/copyout.1"

# docs/reference.md is the option table's, too.
"$copyout" man --markdown | diff -u docs/reference.md - ||
    say "docs/reference.md is old: build/copyout man --markdown > docs/reference.md"

# docs/errors.md is the catalogue's, and the catalogue knows all names of errors, results and notes.
"$copyout" explain --markdown | diff -u docs/errors.md - ||
    say "docs/errors.md is old: build/copyout explain --markdown > docs/errors.md"
python3 scripts/lint_names.py || bad=1

# Links of the documents lead somewhere, and the policy in them is about what the program asks for.
python3 scripts/lint_docs.py || bad=1

# Includes name a layer and point down only; the layers' folders enforce it, "../" would get round it.
if grep -rnE '#[[:space:]]*include[[:space:]]*["<]([^">]*/)?\.\./' src; then
    say 'an include with "../"'
fi

# Lengths, nesting, names, folders; and no circles. Each knows what is not yet so.
python3 scripts/lint_rules.py || bad=1
python3 scripts/lint_circles.py "$(dirname "$copyout")" || bad=1

# A flag beside a state is a state that is missing.
python3 scripts/figures.py --limits 20 4 || bad=1

# Below the commands nothing reads the environment, ends the process or writes to a standard stream:
# libcopyout is the same code in another program.
if grep -rnE '(^|[^[:alnum:]_.>])(getenv|secure_getenv|setenv|putenv|unsetenv|exit|_exit|_Exit|quick_exit|abort|perror|printf|vprintf|dprintf|puts|putchar)\(|\b(stdout|stderr|STDOUT_FILENO|STDERR_FILENO|environ)\b' \
        $(find src -mindepth 1 -maxdepth 1 -type d ! -name cmd); then
    say "the process's own streams, environment or end, below the commands"
fi

# The commands know the engine, the jobs that it left, the session it runs in, and the check, and nothing of
# what these are made of.
if grep -rnE '#[[:space:]]*include[[:space:]]*["<](plan|copy|report|store|job)/' src/cmd src/cli |
        grep -vE '"job/(engine|jobs|session|check/check_run|verify/audit).h"'; then
    say "a command that knows more of a job than the engine"
fi

# Functions that are never right here: unbounded, or not ours to call.
if grep -rnE '\b(strcpy|strcat|sprintf|gets|strtok|atoi|atol|system|popen|alloca)\(' src; then
    say "a banned function"
fi

if command -v clang-format >/dev/null 2>&1; then
    clang-format --dry-run -Werror $(find src include examples tests -name '*.[ch]') || say "not formatted: make format"
else
    echo "skipped: clang-format is not on PATH" >&2
fi
[ "$bad" = 0 ] && echo "lint: clean"
exit "$bad"
