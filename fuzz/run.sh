#!/usr/bin/env bash
# Fuzzes every reader for some seconds each: fuzz/run.sh [SECONDS] [NAME...]
# Needs a nightly toolchain and cargo-fuzz. Inputs that cover something new stay in fuzz/corpus, small.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-600}"
shift || true
fixtures=tests/fixtures
# Name of the file, then the seeds.
readers=(
  "x.mcap recordings/*.mcap videos/streams.mcap"
  "x.bag recordings/*.bag"
  "x.db3 recordings/rosbag2_sqlite3/*.db3"
  "x.mp4 videos/*.mp4"
  "x.mkv videos/h264.mkv videos/jpeg.mkv"
  "x.avi videos/h264.avi videos/jpeg.avi"
  "x.pcd points/*.pcd"
  "x.ply points/*.ply"
  "x.las points/*.las"
  "x.laz points/*.laz"
  "x.bin points/kitti.bin"
  "x.csv tables/*.csv"
  "x.jsonl tables/*.jsonl"
  "x.parquet tables/*.parquet"
  "x.feather tables/*.feather"
  "x.log can/*.log"
  "x.asc can/*.asc"
  "x.blf can/*.blf"
  "x.trc can/*.trc"
)
for reader in "${readers[@]}"; do
  read -r name seeds <<<"$reader"
  if [ "$#" -gt 0 ] && [[ " $* " != *" $name "* ]]; then
    continue
  fi
  corpus="fuzz/corpus/$name"
  mkdir -p "$corpus"
  for seed in $seeds; do
    for file in $fixtures/$seed; do
      if [ -f "$file" ]; then
        cp "$file" "$corpus/seed_$(basename "$file")"
      fi
    done
  done
  echo "== $name for $seconds s"
  HARDCASE_FUZZ_NAME="$name" cargo +nightly fuzz run readers "$corpus" -- \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -artifact_prefix="fuzz/artifacts/$name-" -print_final_stats=1
done
