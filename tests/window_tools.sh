# Shared by the tests that drive the real window on a virtual display. Nothing here waits for a time: every wait is for
# something that is seen, a row in the project's database, a file or what is on the screen, and gives up after $PATIENCE.
# To be sourced from the repository's folder with $test as the name that is said with every message.

work=$(mktemp -d)
shots="${SHOTS:-$work/shots}"
program="${CARGO_TARGET_DIR:-target}/debug/hardcase"
mkdir -p "$shots" "$work/xdg"
export HARDCASE_HOME="$work/home" XDG_RUNTIME_DIR="$work/xdg"
unset WAYLAND_DISPLAY
window=""
xvfb=""
# Seconds that a wait may take at most; a machine that does something else beside needs them.
PATIENCE="${PATIENCE:-300}"

fail() {
  echo "$test: FAILED, $1"
  [ -f "$work/log" ] && cat "$work/log"
  [ -n "${DISPLAY:-}" ] && shot failed
  exit 1
}
shot() { import -window root "$shots/$1.png" 2>/dev/null || true; }
# What was worked on is left where a test failed.
tidy_up() {
  local code=$?
  kill $window $xvfb 2>/dev/null || true
  [ "$code" != 0 ] || rm -rf "$work"
}
trap tidy_up EXIT

for tool in Xvfb xdotool import python3; do
  command -v "$tool" >/dev/null || { echo "$test: FAILED, $tool is not installed"; exit 1; }
done

# Waits until a command succeeds. It is asked again and again, so it may look but not touch.
until_true() {
  local what=$1; shift
  local end=$((SECONDS + PATIENCE))
  while [ "$SECONDS" -lt "$end" ]; do
    "$@" >/dev/null 2>&1 && return 0
    [ -z "$window" ] || kill -0 "$window" 2>/dev/null || fail "the window is gone while waiting for $what"
    sleep 0.1
  done
  fail "waited in vain for $what"
}

# A display of its own: any free number. It stays when its last client goes, and no key repeats itself when it is let go late.
exec 3<>"$work/display"
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp -noreset -r 2>/dev/null &
xvfb=$!
DISPLAY=""
number_told() { read -r -t 1 number <"$work/display" && [ -n "$number" ]; }
until_true "a display" number_told
DISPLAY=":$number"
export DISPLAY
until_true "the display" xdotool getdisplaygeometry

# Starts the program with these arguments and waits until its window can be seen and has the keyboard.
start() {
  "$program" "$@" 2>"$work/log" &
  window=$!
  until_true "the window" xdotool search --onlyvisible --name '^Hardcase$'
  id=$(xdotool search --onlyvisible --name '^Hardcase$' | head -1)
  xdotool windowsize "$id" 1280 800 windowmove "$id" 0 0
  until_true "the window in its place" in_its_place
  until_true "the focus" focused
  until_true "something in the window" colorful 1280x800+0+0 40
}
in_its_place() { xdotool getwindowgeometry "$id" | grep -q 'Geometry: 1280x800'; }
focused() { xdotool windowfocus "$id"; [ "$(xdotool getwindowfocus)" = "$id" ]; }

# What is on the screen: its pixels in one word, and whether there are so many colors as only a picture has.
seen() { import -window root -crop "$1" +repage rgb:- | md5sum; }
other_than() { [ "$(seen "$1")" != "$2" ]; }
colorful() { [ "$(import -window root -crop "$1" +repage -format %k info:)" -ge "$2" ]; }
plain() { ! colorful "$@"; }

# One number of the project's database in $db, and whether it is anything but 0.
value() { python3 - "$db" "$1" <<'PY'
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(db.execute(sys.argv[2]).fetchone()[0])
PY
}
query() { [ "$(value "$1")" != 0 ]; }
other_value() { [ "$(value "$1")" != "$2" ]; }

# Presses at one place, moves and lets go at another, as fast as it goes: order is the window's business.
drag_from_to() {
  local steps=() step
  for step in 1 2 3 4 5 6 7 8; do
    steps+=(mousemove $(($1 + ($3 - $1) * step / 8)) $(($2 + ($4 - $2) * step / 8)))
  done
  xdotool mousemove "$1" "$2" mousedown 1 "${steps[@]}" mouseup 1
}

quit_window() {
  xdotool key ctrl+q
  until_ended
  code=0; wait "$window" || code=$?
  window=""
  [ "$code" = 0 ] || fail "the window ended with $code"
}
until_ended() {
  local end=$((SECONDS + PATIENCE))
  while kill -0 "$window" 2>/dev/null; do
    [ "$SECONDS" -lt "$end" ] || fail "the window did not close"
    sleep 0.1
  done
}
