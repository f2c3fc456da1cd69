#!/usr/bin/env bash
# Takes the pictures of README.md from the real window under Xvfb, dark and light, at 1280x800, into docs/images.
# Samples are opened, and each workspace is shown with something in it. Keys only: nothing depends on where a button is.
#   bash docs/screenshots.sh [PROGRAM]        PATIENCE=60 waits no longer than a minute for each
# Needs Xvfb, xdotool and ImageMagick; pngquant makes smaller files where it is installed. SHOTS=FOLDER writes elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in Xvfb xdotool import convert compare; do
  command -v "$tool" >/dev/null || { echo "screenshots: $tool is not installed" >&2; exit 1; }
done
target="${CARGO_TARGET_DIR:-target}"
program="${1:-$target/release/hardcase}"
[ -x "$program" ] || { echo "screenshots: build it first, cargo build --release: $program" >&2; exit 1; }
images="${SHOTS:-docs/images}"
# Longest time to wait for predictions and sweeps; what is there then is taken.
patience="${PATIENCE:-900}"
work=$(mktemp -d)
window=""
display=""
trap 'kill $window $display 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$images" "$work/xdg"
export XDG_RUNTIME_DIR="$work/xdg"
unset WAYLAND_DISPLAY

exec 3<>"$work/display"
# Without -noreset the server starts anew when the first window closes, and the second may find it gone.
Xvfb -displayfd 3 -noreset -screen 0 1280x800x24 -nolisten tcp 2>/dev/null &
display=$!
number=""
for _ in $(seq 600); do
  read -r number <"$work/display" && break
  sleep 0.1
done
[ -n "$number" ] || { echo "screenshots: no display" >&2; exit 1; }
export DISPLAY=":$number"

shot() { import -window root "$1"; }

# Waits until the window has looked the same for two seconds, for up to so many seconds.
settled() {
  local end=$((SECONDS + ${1:-$patience})) same=0
  shot "$work/before.png"
  while [ "$SECONDS" -lt "$end" ]; do
    sleep 0.5
    shot "$work/now.png"
    if cmp -s <(convert "$work/before.png" rgb:-) <(convert "$work/now.png" rgb:-); then
      same=$((same + 1))
      [ "$same" -ge 4 ] && return 0
    else
      same=0
    fi
    mv "$work/now.png" "$work/before.png"
  done
  echo "screenshots: the window did not come to rest" >&2
}

# Presses keys, one after the other, each when the one before has been drawn.
press() { for key in "$@"; do xdotool key "$key"; sleep 0.3; done; }

# Runs a command by its name, from the palette.
command_named() {
  press ctrl+k
  settled 20
  xdotool type --delay 30 "$1"
  settled 20
  press Return
}

# Opens the window on something and waits until it has come to rest, with all predictions.
open_window() {
  HARDCASE_HOME="$work/home" "$program" "$@" 2>"$work/log" &
  window=$!
  local id=""
  for _ in $(seq 600); do
    id=$(xdotool search --onlyvisible --name Hardcase 2>/dev/null | head -1 || true)
    [ -n "$id" ] && break
    kill -0 "$window" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
  done
  [ -n "$id" ] || { echo "screenshots: the window did not open" >&2; cat "$work/log" >&2; exit 1; }
  xdotool windowsize "$id" 1280 800 windowmove "$id" 0 0 windowfocus "$id"
  # The pointer would otherwise show a tooltip.
  xdotool mousemove 1279 799
  settled
}

close_window() {
  press ctrl+q
  for _ in $(seq 300); do kill -0 "$window" 2>/dev/null || break; sleep 0.1; done
  wait "$window" 2>/dev/null || true
  window=""
}

# A small picture of few colors.
keep() {
  settled
  shot "$work/$1.png"
  if command -v pngquant >/dev/null; then
    pngquant --force --speed 1 --quality 60-95 --strip --output "$images/$1.png" "$work/$1.png"
  else
    convert "$work/$1.png" -dither None -colors 128 -strip -define png:compression-level=9 "PNG8:$images/$1.png"
  fi
}

# Copies keep their predictions, so that the second theme need not wait for them again.
cp -r sample_projects/street sample_projects/notes "$work"
rm -f "$work"/*/labels.db*
suite=sample_projects/street/suites/street

for theme in dark light; do
  rm -rf "$work/home"
  mkdir -p "$work/home"
  printf '{"theme":"%s"}\n' "$theme" >"$work/home/session.json"

  # Five seconds into the street, with predictions along all of it.
  open_window "$work/street"
  press Home shift+Right shift+Right shift+Right shift+Right shift+Right
  keep "label_$theme"
  press ctrl+4
  keep "suites_$theme"
  close_window

  # A case that fails in fog, with its severity curve; then a sweep of all transforms.
  open_window "$suite" --case fog-0-7-frame-100
  press c
  keep "explore_$theme"
  press ctrl+3
  command_named "${SWEEP:-sweep all}"
  keep "findings_$theme"
  close_window

  # Texts bring their ground truth.
  open_window "$work/notes"
  press ctrl+5
  command_named "${EVALUATE:-eval}"
  keep "evaluate_$theme"
  close_window
done
du -ch "$images"/*.png | tail -1
