#!/bin/sh
# What no compiler sees: written twice and differing, pointing up, too long, not formatted.
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

# Includes name a layer and point down only; the layers' folders enforce it, "../" would get round it.
if grep -rnE '#include "\.\./' src; then
    say 'an include with "../"'
fi

# One purpose a file, a screen a function.
for file in $(find src -name '*.[ch]'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 500 ] || say "$file has $lines lines; two purposes?"
done
awk 'FNR == 1 { open = 0 }
     /^{/ { open = FNR }
     /^}/ && open { if (FNR - open > 70) { print FILENAME ":" open ": a function of " FNR - open " lines"; n++ } open = 0 }
     END { exit n > 0 }' $(find src -name '*.c') || say "functions that do not fit a screen"

# Below the commands nothing reads the environment, ends the process or writes to a standard stream:
# libcopyout is the same code in another program.
if grep -rnE '(^|[^[:alnum:]_.>])(getenv|secure_getenv|exit|_exit|abort|perror|printf|puts|putchar)\(|\b(stdout|stderr)\b' \
        $(find src -mindepth 1 -maxdepth 1 -type d ! -name cmd); then
    say "the process's own streams, environment or end, below the commands"
fi

# The commands know the engine, and nothing of what it is made of.
if grep -rnE '#include "(plan|copy|report|store|job)/' src/cmd src/cli | grep -v '"job/engine.h"'; then
    say "a command that knows more of a job than the engine"
fi

# Functions that are never right here: unbounded, or not ours to call.
if grep -rnE '\b(strcpy|strcat|sprintf|gets|strtok|atoi|atol|system|popen|alloca)\(' src; then
    say "a banned function"
fi

if command -v clang-format >/dev/null 2>&1; then
    clang-format --dry-run -Werror $(find src include examples tests -name '*.[ch]') || say "not formatted: make format"
fi
[ "$bad" = 0 ] && echo "lint: clean"
exit "$bad"
