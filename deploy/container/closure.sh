#!/bin/sh
# Puts what a program needs to run on Debian, and nothing else, into a folder that becomes the root
# of an image: shared libraries and their loader, certificates, how names are resolved, a /tmp, and
# which packages all of this came from.
#
# usage: closure.sh PROGRAM FOLDER
set -eu
program=$1
root=$2

# A file is put where the loader looks for it, whatever links stand there.
put() {
    mkdir -p "$root$(dirname "$1")"
    cp -L "$1" "$root$1"
}

libraries=$(ldd "$program")
if echo "$libraries" | grep 'not found' >&2; then
    exit 1
fi
# "libz.so.1 => /lib/…/libz.so.1 (0x…)", and the loader: "/lib/ld-linux-aarch64.so.1 (0x…)"
libraries=$(echo "$libraries" | grep -o '/[^ ]*')
for file in $libraries; do
    put "$file"
done

# libcurl looks here; glibc 2.36 has "files" and "dns" built in.
put /etc/ssl/certs/ca-certificates.crt
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
mkdir -p "$root/tmp"
chmod 1777 "$root/tmp"

# Their packages are found, for scanners and for the licences' sake. dpkg knows most libraries below
# /usr, to which /lib is a link, and some below /lib.
owners=$(for file in $libraries; do echo "$file /usr$file ${file#/usr}"; done |
    xargs dpkg-query -S 2>/dev/null || true)
for file in $libraries; do
    if ! echo "$owners" | grep -q ": \(/usr\)\?${file#/usr}\$"; then
        echo "closure.sh: no package owns $file" >&2
        exit 1
    fi
done
put /etc/os-release
mkdir -p "$root/var/lib/dpkg/status.d" "$root/usr/share"
cp -R /usr/share/common-licenses "$root/usr/share/"
# llhttp is compiled into the program (cmake/llhttp.cmake).
for package in $(echo "$owners" | sed 's/: .*//' | sort -u) ca-certificates base-files node-llhttp; do
    dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/${package%%:*}"
    put "/usr/share/doc/${package%%:*}/copyright"
done
