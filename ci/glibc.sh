#!/usr/bin/env bash
# The newest symbol version of glibc that a program needs; fails if it is newer than the floor.
# usage: ci/glibc.sh PROGRAM 2.28
set -euo pipefail
needed=$(objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1)
echo "$1 needs glibc $needed, the floor is $2"
[ "$(printf '%s\n%s\n' "$needed" "$2" | sort -V | tail -1)" = "$2" ]
