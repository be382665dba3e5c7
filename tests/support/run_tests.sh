#!/usr/bin/env bash
# run_tests.sh PRESET: ctest, then pytest; both run whatever the first one says. The last lines are
# the two summaries. ctest's full log is build/PRESET/Testing/Temporary/LastTest.log.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
preset=$1
export PATH=$PWD/build/venv/bin:$PATH VIRTUAL_ENV=$PWD/build/venv
status=0

# Passing tests say nothing; failing ones and the summary do.
ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error |
  grep --invert-match --extended-regexp '^ *Start +[0-9]+: |^ *[0-9]+/[0-9]+ Test .* Passed ' |
  tee build/ctest.summary || status=1

python -m pytest -c tests/pytest.ini --rootdir=. tests | tee build/pytest.summary || status=1

echo
echo "ctest:  $(grep --extended-regexp 'tests? passed' build/ctest.summary || echo 'no summary')"
echo "pytest: $(tail -n 1 build/pytest.summary)"
exit "$status"
