#!/usr/bin/env bash
# Fuzzes the doors that files come in by for some seconds each: fuzz/run.sh [SECONDS] [DOOR...]
# A door is clips/mcap, labels/coco, tables, yaml, images, models, or the beginning of some: labels. All without any.
# Needs a nightly toolchain and cargo-fuzz. What crashes is kept in fuzz/artifacts, what covers something new in
# fuzz/corpus. `cargo test --test damaged` does a little of it on stable Rust.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-600}"
shift || true

# HARDCASE_FUZZ_BUILT=1 runs what was built before, for several doors side by side.
[ -n "${HARDCASE_FUZZ_BUILT:-}" ] || cargo +nightly fuzz build
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
programs="${CARGO_TARGET_DIR:-fuzz/target}/$host/release"

# OpenH264 defines a table in two of its files, which the sanitizer takes for a mistake.
# A thread that is just ending still holds 32 bytes of the C library (__cxa_thread_atexit_impl), which the search for
# leaks now and then takes for one; memory is bounded by -rss_limit_mb.
export ASAN_OPTIONS=detect_odr_violation=0:detect_leaks=0

"$programs/doors" | while read -r door; do
  if [ "$#" -gt 0 ]; then
    wanted=
    for begin in "$@"; do
      if [ "$door" = "$begin" ] || [[ "$door" == "$begin"/* ]]; then wanted=1; fi
    done
    [ -n "$wanted" ] || continue
  fi
  name="${door//\//-}"
  corpus="fuzz/corpus/$name"
  mkdir -p "$corpus" fuzz/artifacts
  "$programs/doors" "$door" "$corpus"
  echo "== $door for $seconds s"
  # Without a path no ffmpeg is started for every video that is not decoded here.
  HARDCASE_FUZZ_DOOR="$door" PATH=/nonexistent "$programs/readers" "$corpus" \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -max_len=65536 -artifact_prefix="fuzz/artifacts/$name-" \
    -print_final_stats=1 </dev/null
done
