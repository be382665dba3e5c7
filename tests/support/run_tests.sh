#!/usr/bin/env bash
# run_tests.sh PRESET: ctest and pytest at the same time, since both mostly wait. The last lines are
# the two summaries. ctest's full log is build/PRESET/Testing/Temporary/LastTest.log.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
preset=$1
export PATH=$PWD/build/venv/bin:$PATH VIRTUAL_ENV=$PWD/build/venv
status=0

ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error >build/ctest.log 2>&1 &
ctest=$!
python -m pytest -c tests/pytest.ini --rootdir=. --ignore=tests/peers tests | tee build/pytest.log || status=1
wait "$ctest" || status=1

# Passing tests say nothing; failing ones and the summary do.
echo
grep --invert-match --extended-regexp \
  '^ *Start +[0-9]+: |^ *[0-9]+/[0-9]+ Test .* Passed |^$' build/ctest.log
echo
echo "ctest:  $(grep --extended-regexp 'tests? passed' build/ctest.log || echo 'no summary')"
echo "pytest: $(tail -n 1 build/pytest.log)"
exit "$status"
