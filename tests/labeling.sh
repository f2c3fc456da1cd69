#!/usr/bin/env bash
# Labels 60 s of the street sample with 20 tags and 10 tracks in a real window, by keys and mouse alone, counts every input
# and checks what came of them. The table in docs/labeling.md is what this prints. Nothing is waited for between the inputs:
# the window takes them in their order, however slow it is. usage: labeling.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."
test="labeling test"
source tests/window_tools.sh
program="${1:-$program}"
[ -x "$program" ] || fail "there is no program: $program"
cp -r sample_projects/street "$work/street"
# Without the model nothing but the labels is worked on.
sed -i '/\[\[models\]\]/,$d' "$work/street/hardcase.toml"
rm -f "$work"/street/labels.*
db="$work/street/labels.db"

start "$work/street"
until_true "a picture of the street" colorful 400x200+400+200 500

keys=0
drags=0
moves=0
key() { xdotool key "$1"; keys=$((keys + 1)); }
go() { xdotool key "$1"; moves=$((moves + 1)); }
drag() { drag_from_to "$@"; drags=$((drags + 1)); }
exported() {
  "$program" labels export "$work/street" --format csv -o "$work/count.csv" >/dev/null 2>&1 || return 1
  found=$(grep -c "^$1," "$work/count.csv" || true)
  [ "$found" = "$2" ]
}
# Twenty tags over a minute: a key where something is, three seconds further each time.
for i in $(seq 20); do
  key $((i % 9 + 1))
  go shift+Right; go shift+Right; go shift+Right
done
until_true "20 tags" query "select count(*) = 20 from tags"
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
until_true "20 keyframes" query "select count(*) = 20 from labels"
exported tag 20 || fail "expected 20 tags in the export, found $found"
exported label 20 || fail "expected 20 labels in the export, found $found"
"$program" labels export "$work/street" --format mot -o "$work/mot" --allow-lossy >/dev/null 2>&1 || fail "the export of tracks"
boxes=$(wc -l <"$work/mot/gt/gt.txt")
[ "$boxes" -ge 300 ] || fail "the tracks cover $boxes boxes only"
echo "20 tags: 20 keys; 10 tracks: $((keys - 20)) keys and $drags drags, $boxes boxes; $moves keys to get about"
