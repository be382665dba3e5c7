#!/usr/bin/env bash
# tidy.sh BUILD: clang-tidy over runtime/, engine/ and handler/ with the flags of that build folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1

# GCC's flags that clang does not know are no finding of ours.
check() {
  local found status=0
  found=$(build/venv/bin/clang-tidy -p "$1" --quiet --extra-arg=-Wno-unknown-warning-option \
    "$2" 2>&1) || status=$?
  if ((status != 0)); then
    printf '%s\n' "$found"
  fi
  return "$status"
}
export -f check
git ls-files -z 'runtime/*.cc' 'engine/*.cc' 'handler/*.cc' |
  xargs -0 --max-args=1 --max-procs="$(nproc)" bash -c 'check "$0" "$1"' "$build"
