#!/usr/bin/env bash
# Labels 60 s of the street sample with 20 tags and 10 tracks in a real window, by keys and mouse alone, counts every input
# and checks what came of them. The table in docs/labelling.md is what this prints. Needs Xvfb, xdotool and jq-free tools only.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in Xvfb xdotool; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
program="${1:-${CARGO_TARGET_DIR:-target}/debug/hardcase}"
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cp -r sample_projects/street "$work/street"
# Without the model nothing but the labels is worked on.
sed -i '/\[\[models\]\]/,$d' "$work/street/hardcase.toml"
rm -f "$work"/street/labels.*
export HARDCASE_HOME="$work/home" XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$work}"
Xvfb :91 -screen 0 1280x800x24 >/dev/null 2>&1 &
export DISPLAY=:91
for _ in $(seq 100); do xdotool getdisplaygeometry >/dev/null 2>&1 && break; sleep 0.1; done
"$program" "$work/street" >"$work/log" 2>&1 &
window=""
for _ in $(seq 200); do
  window=$(xdotool search --onlyvisible --name Hardcase 2>/dev/null | head -1 || true)
  [ -n "$window" ] && break
  sleep 0.2
done
[ -n "$window" ] || { echo "the window did not open"; cat "$work/log"; exit 1; }
xdotool windowsize "$window" 1280 800 windowmove "$window" 0 0 windowfocus "$window"
sleep 3

keys=0
drags=0
moves=0
key() { xdotool key "$1"; sleep 0.12; keys=$((keys + 1)); }
go() { xdotool key "$1"; sleep 0.12; moves=$((moves + 1)); }
drag() {
  xdotool mousemove "$1" "$2"; sleep 0.12
  xdotool mousedown 1; sleep 0.12
  xdotool mousemove $((($1 + $3) / 2)) $((($2 + $4) / 2)); sleep 0.12
  xdotool mousemove "$3" "$4"; sleep 0.15
  xdotool mouseup 1; sleep 0.25
  drags=$((drags + 1))
}
count() {
  "$program" labels export "$work/street" --format csv -o "$work/count.csv" >/dev/null 2>&1 || { echo 0; return; }
  grep -c "^$1," "$work/count.csv" || true
}
until_counted() {
  for _ in $(seq 50); do [ "$(count "$1")" = "$2" ] && return; sleep 0.2; done
  echo "expected $2 of $1, found $(count "$1")"
  exit 1
}

# Twenty tags over a minute: a key where something is, three seconds further each time.
for i in $(seq 20); do
  key $((i % 9 + 1))
  go shift+Right; go shift+Right; go shift+Right
done
until_counted tag 20
go Home
# Ten tracks: drawn once, dragged once where the object is three seconds later; between both it follows.
for i in $(seq 10); do
  x=$((330 + 45 * (i % 5))); y=$((180 + 30 * (i / 5)))
  key r
  drag "$x" "$y" $((x + 60)) $((y + 110))
  go shift+Right; go shift+Right; go shift+Right
  drag $((x + 30)) $((y + 55)) $((x + 110)) $((y + 95))
  go shift+Right; go shift+Right; go shift+Right
done
until_counted label 20
boxes=$("$program" labels export "$work/street" --format mot -o "$work/mot" --allow-lossy >/dev/null 2>&1; wc -l <"$work/mot/gt/gt.txt")
[ "$boxes" -ge 300 ] || { echo "the tracks cover $boxes boxes only"; exit 1; }
echo "20 tags: 20 keys; 10 tracks: $((keys - 20)) keys and $drags drags, $boxes boxes; $moves keys to get about"
