#!/usr/bin/env bash
# What adding a kind costs. Each patch beside this script adds a dummy of a family; here its files are counted, and all of them
# together are built in a copy, whose reference must list every dummy without a further line.
#
# usage: tests/adding/run.sh [PATCH…]
set -euo pipefail
cd "$(dirname "$0")"
root=$(git rev-parse --show-toplevel)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# Files that a patch may touch beside its new one.
allowed() {
  case $1 in
    workspace) echo 2 ;; # the window's list, and the line with its name and key, which the program without a window knows
    *) echo 1 ;;
  esac
}

git -C "$root" ls-files -z | tar -C "$root" --null --files-from - -cf - | tar -C "$copy" -xf -
for patch in "${@:-./*.patch}"; do
  for file in $patch; do
    name=$(basename "$file" .patch)
    new=$(grep -c '^new file mode' "$file")
    all=$(grep -c '^diff --git' "$file")
    echo "$name: $new new file, $((all - new)) touched"
    if [ "$new" -ne 1 ] || [ $((all - new)) -gt "$(allowed "$name")" ]; then
      echo "adding a $name touches too many files" >&2
      exit 1
    fi
    patch -d "$copy" -p1 --quiet --no-backup-if-mismatch <"$file"
  done
done

cd "$copy"
export CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0
cargo check --quiet --features gui-test
cargo run --quiet --no-default-features -- docs --out "$copy/reference"
for page in transforms claims finders metrics formats readers reporters backends decoders command-line; do
  if ! grep -q dummy "$copy/reference/$page.md"; then
    echo "the reference does not list the dummy: $page" >&2
    exit 1
  fi
done
echo "every dummy is in the reference"
