#!/usr/bin/env bash
# Hooks of pre-commit: verifies or runs each suite that has one of the named files.
# usage: ci/pre-commit.sh verify|test FILE…
set -euo pipefail
what=$1
shift
declare -A suites
for file in "$@"; do
  folder=$(dirname "$file")
  while [ ! -f "$folder/suite.toml" ] && [ "$folder" != . ] && [ "$folder" != / ]; do
    folder=$(dirname "$folder")
  done
  [ -f "$folder/suite.toml" ] && suites[$folder]=1
done
code=0
for folder in "${!suites[@]}"; do
  case $what in
    verify) hardcase suite verify -- "$folder" || code=$? ;;
    test) hardcase test -- "$folder" || code=$? ;;
    *)
      echo "unknown hook $what, expected verify or test" >&2
      exit 2
      ;;
  esac
done
exit "$code"
