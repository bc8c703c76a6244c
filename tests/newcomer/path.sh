#!/usr/bin/env bash
# The path of a newcomer, on a fresh Debian 12 that has git and make: the demonstration, a list of their own on a server
# of their own, the report page, the Debian package, installed, used and removed. newcomer.py runs it in a root folder
# of its own, where the repository to clone is /srv/copyout.git.
set -euo pipefail
cd /root

began=$SECONDS
step() {
  printf '\n=== %s (after %d:%02d minutes)\n' "$1" $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
}
run() { # shows a command as a person would type it, and runs it
  printf '$ %s\n' "$1"
  eval "$1"
}

is_not() { # WHAT IS WRONG, COMMAND...: the end, where the command succeeds
  local what=$1
  shift
  if "$@" >/dev/null; then
    echo "$what" >&2
    exit 1
  fi
}

step "A fresh Debian"
run "cat /etc/debian_version"
for program in gcc cmake python3 curl copyout; do
  is_not "$program is there already" command -v $program
done

step "The project"
run "git clone -q /srv/copyout.git copyout"
run "cd copyout"

step "The demonstration"
run "make demo"

step "A server of their own, which stays"
# As a person has it in a terminal of its own: it ends when its standard input does.
mkfifo /root/until
python3 tests/servers/rgw.py --up </root/until >/root/server &
server=$!
exec 7>/root/until
for _ in $(seq 300); do
  ! grep -q '^# ready' /root/server || break
  sleep 0.3
done
grep -q '^# ready' /root/server
echo '$ python3 tests/servers/rgw.py --up'
grep '^export' /root/server
eval "$(grep '^export' /root/server)"
of_owner() { sed -n "/^# user source/,/^# user dest/s/^# export AWS_$1=//p" /root/server; }
OWNER_ACCESS_KEY_ID=$(of_owner ACCESS_KEY_ID) OWNER_SECRET_ACCESS_KEY=$(of_owner SECRET_ACCESS_KEY)
export OWNER_ACCESS_KEY_ID OWNER_SECRET_ACCESS_KEY
mkdir /root/mine
scripts/python.sh scripts/demo_data.py make /root/mine >/dev/null

step "A list of their own"
cat >files.csv <<'LIST'
research-data,bam/a.bam
research-data,bam/b.bam
s3://research-data/one-piece/a.fastq
"research-data","odd/a.cram"
LIST
run "cat files.csv"
run "build/copyout run --manifest files.csv --to s3://collaborator/mine/ --work /root/mine/job"

step "The report page"
page=/root/mine/job/COPY_REPORT.html
run "ls -l $page"
head -c 15 $page | grep -qi '^<!doctype html'
tail -c 20 $page | grep -qi '</html>'
for key in bam/a.bam bam/b.bam one-piece/a.fastq odd/a.cram; do
  grep -qF "$key" $page
done
is_not "The page asks the network for something" grep -E '<(script|img|link)[^>]* (src|href)="?https?:' $page
echo "It is whole: a page of its own, with every object of the list."

step "The Debian package"
run "make deb"
run "apt-get install -q -y ./build/deb/copyout_*.deb" 2>&1 | grep -v '^debconf: '
run "cd /"
run "copyout --version"
run "copyout run --manifest /root/copyout/files.csv --to s3://collaborator/mine/ --work /root/mine/job"
for file in man/man1/copyout.1.gz doc/copyout/README.md doc/copyout/docs/install.md doc/copyout/copyright \
  bash-completion/completions/copyout zsh/vendor-completions/_copyout fish/vendor_completions.d/copyout.fish; do
  [ -s /usr/share/$file ] || { echo "/usr/share/$file is missing" >&2; exit 1; }
done

step "And away with it"
run "apt-get purge -q -y copyout"
hash -r
is_not "The program is still there" command -v copyout
left=$(find / -xdev -name '*copyout*' ! -path '/root/*' ! -path '/srv/*' ! -path '/proc/*' ! -path '/tmp/*')
[ -z "$left" ] || { echo "Left behind: $left" >&2; exit 1; }
echo "Nothing of it is left."
exec 7>&-
wait $server

step "Done"
