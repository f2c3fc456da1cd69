#!/usr/bin/env bash
# The step "Test" of action.yml: runs suites with every report, and tells GitHub the summary and the number of failures.
# Variables: SUITES (one a line), MODEL, BACKEND, BASELINE, FAIL_ON, SHARD, REPORT; GITHUB_STEP_SUMMARY, GITHUB_OUTPUT.
set -euo pipefail
mapfile -t suites < <(printf '%s\n' "$SUITES" | sed '/^[[:space:]]*$/d')
args=(--backend "${BACKEND:-embedded}" --fail-on "${FAIL_ON:-new}" --github)
args+=(--html "$REPORT" --junit "$REPORT/junit.xml" --json "$REPORT/report.json")
args+=(--markdown "$REPORT/summary.md" --sarif "$REPORT/report.sarif")
[ -n "${MODEL:-}" ] && args+=(--model "$MODEL")
[ -n "${BASELINE:-}" ] && args+=(--baseline "$BASELINE")
[ -n "${SHARD:-}" ] && args+=(--shard "$SHARD")
mkdir -p "$REPORT"
code=0
hardcase test "${args[@]}" -- "${suites[@]}" || code=$?
[ -f "$REPORT/summary.md" ] && cat "$REPORT/summary.md" >> "$GITHUB_STEP_SUMMARY"
failed=0
[ -f "$REPORT/report.json" ] && failed=$(sed -n 's/^ *"fail": \([0-9]*\),*$/\1/p' "$REPORT/report.json" | head -1)
{
  echo "failed=${failed:-0}"
  echo "exit-code=$code"
} >> "$GITHUB_OUTPUT"
exit "$code"
