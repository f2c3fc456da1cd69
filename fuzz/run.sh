#!/usr/bin/env bash
# Fuzzes every reader for some seconds each: fuzz/run.sh [SECONDS] [READER...]
# Needs a nightly toolchain and cargo-fuzz. What crashes is kept in fuzz/artifacts, what covers something new in
# fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-600}"
shift || true
fixtures=tests/fixtures
# Reader, data set or -, names that the file may have.
readers=(
  "mcap - x.mcap"
  "rosbag1 - x.bag"
  "rosbag2 - x.db3"
  "video - x.mp4,x.mkv,x.avi"
  "points - x.pcd,x.ply,x.las,x.laz,x.bin"
  "can - x.log,x.asc,x.blf,x.trc"
  "csv - x.csv"
  "parquet - x.parquet,x.feather"
  "texts - x.jsonl,x.txt"
  "image_folder - x.jpg,x.png,x.bmp,x.webp"
  "nuscenes nuscenes v1.0-mini/sample_data.json,v1.0-mini/calibrated_sensor.json,can_bus/scene-0001_pose.json"
  "argoverse2 argoverse2/3b3570b9 annotations.feather,calibration/intrinsics.feather"
  "donkeycar donkeycar catalog_0.catalog,manifest.json"
  "kitti_object kitti_object training/label_2/000000.txt,training/calib/000000.txt"
  "kitti kitti/2011_09_26_drive_0001_sync tracklet_labels.xml,image_02/timestamps.txt"
)

# HARDCASE_FUZZ_BUILT=1 runs what was built before, for several readers side by side.
[ -n "${HARDCASE_FUZZ_BUILT:-}" ] || cargo +nightly fuzz build readers
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
program="${CARGO_TARGET_DIR:-fuzz/target}/$host/release/readers"

# A file as a seed: one byte that chooses the name before it.
seed() { # CORPUS POSITION FILE
  printf "\\x$(printf %02x "$2")" | cat - "$3" >"$1/seed_$2_$(basename "$3")"
}

for reader in "${readers[@]}"; do
  read -r id data_set names <<<"$reader"
  if [ "$#" -gt 0 ] && [[ " $* " != *" $id "* ]]; then
    continue
  fi
  corpus="fuzz/corpus/$id"
  mkdir -p "$corpus" fuzz/artifacts
  unset HARDCASE_FUZZ_FOLDER
  at=0
  for name in ${names//,/ }; do
    if [ "$data_set" != - ]; then
      seed "$corpus" "$at" "$fixtures/data_sets/$data_set/$name"
      export HARDCASE_FUZZ_FOLDER="$PWD/$fixtures/data_sets/$data_set"
    else
      find "$fixtures" -path "$fixtures/data_sets" -prune -o -size -64k -name "*.${name##*.}" -print | head -12 | while read -r file; do
        seed "$corpus" "$at" "$file"
      done
    fi
    at=$((at + 1))
  done
  echo "== $id for $seconds s"
  # OpenH264 defines a table in two of its files, which the sanitizer takes for a mistake.
  # A thread that is just ending still holds 32 bytes of the C library (__cxa_thread_atexit_impl), which the search for
  # leaks now and then takes for one; memory is bounded by -rss_limit_mb.
  export ASAN_OPTIONS=detect_odr_violation=0:detect_leaks=0
  # Without a path no ffmpeg is started for every video that is not decoded here.
  HARDCASE_FUZZ_NAMES="$names" PATH=/nonexistent "$program" "$corpus" \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -max_len=65536 -artifact_prefix="fuzz/artifacts/$id-" \
    -print_final_stats=1
done
