#!/bin/bash
# Runs the proofs at length and writes what was found into docs/proofs/<date>.md,
# one file a run:
#
#   scripts/long.sh                           all of it: hours
#   FONTIS_LONG_CALLS=100000 FONTIS_LONG_KILLS=1000 FONTIS_LONG_FUZZ=20s scripts/long.sh
#   scripts/pg.sh scripts/long.sh -run 'Promise[12]'    a part, on PostgreSQL
#
# FONTIS_LONG_REPORT names another file; what follows is handed to go test.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${FONTIS_LONG_REPORT:-}" ]; then
	day=$(date -u +%F)
	file=docs/proofs/$day.md
	for ((n = 2; ; n++)); do
		[ -e "$file" ] || break
		file=docs/proofs/$day-$n.md
	done
	FONTIS_LONG_REPORT=$PWD/$file
fi
export FONTIS_LONG_REPORT FONTIS_LONG=1

code=0
${GO:-go} test -mod=readonly -count=1 -timeout 24h -v "$@" ./internal/proofs || code=$?
what="all of internal/proofs ran, also what has no line of its own"
[ $# -eq 0 ] || what="only this was asked for: $(echo "$*" | tr '|' ' ')"
printf '| end | | | | | exit code %d | %s; %s |\n' "$code" "$(date -u +%FT%TZ)" "$what" >>"$FONTIS_LONG_REPORT"
echo "written: $FONTIS_LONG_REPORT" >&2
exit "$code"
