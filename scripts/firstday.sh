#!/bin/bash
# Plays docs/operate/first-day.md on an empty node and checks what comes back:
#
#   scripts/firstday.sh            (make firstday; starts a PostgreSQL of its own)
#
# Every ```sql block is typed as the database's administrator, every ```sh block
# as it stands; a word in capitals is replaced by what a command before printed.
# Each command is shown with its output. It fails when a command fails, when an
# answer is not the expected one, or when the day took more than 60 s.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${FONTIS_PG_DSN:-}" ]; then
	exec scripts/pg.sh "$0" "$@"
fi

page=$PWD/docs/operate/first-day.md
fontis=${FONTIS:-$PWD/bin/fontis}
[ -x "$fontis" ] || { echo "firstday: no $fontis; make build" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/fontis-firstday.XXXXXX")
served=
stop() {
	[ -z "$served" ] || { kill "$served" 2>/dev/null && wait "$served" 2>/dev/null; } || true
	rm -rf "$work"
}
trap stop EXIT
mkdir "$work/bin"
ln -s "$fontis" "$work/bin/fontis"
export PATH=$work/bin:$PATH FONTIS_HOME=$work/home
unset FONTIS_NODE
cd "$work"

at=${FONTIS_PG_DSN#*@}
at=${at%%/*}
port=${FIRSTDAY_PORT:-$((20000 + RANDOM % 12000))}
declare -A word=([HOST]=${at%%:*} [PORT]=${at##*:})
answers=()

fail() { echo "firstday: $*" >&2; exit 1; }

# A word in capitals stands for what was printed; the address is one that is free here.
fill() {
	local line=$1 name
	for name in CODE DATASET REQUEST GRANT TRACE HOST PORT; do
		if [[ $line =~ (^|[^A-Z_])$name([^A-Z_]|$) ]]; then
			[ -n "${word[$name]:-}" ] || fail "nothing printed a $name before: $line"
			line=${line//$name/${word[$name]}}
		fi
	done
	echo "${line//127.0.0.1:8443/127.0.0.1:$port}"
}

note() { # of what a command printed
	local out=$1 found
	found=$(sed -n 's/^code  *\([0-9A-Z-]*\)$/\1/p' <<<"$out"); [ -z "$found" ] || word[CODE]=$found
	found=$(sed -n 's/^\(d-[a-z0-9]*\)  .*/\1/p' <<<"$out" | head -1); [ -z "$found" ] || word[DATASET]=$found
	found=$(sed -n 's/^\(r-[a-z0-9]*\)  .*/\1/p' <<<"$out" | head -1); [ -z "$found" ] || word[REQUEST]=$found
	found=$(sed -n 's/^grant  *\(g-[a-z0-9]*\) .*/\1/p' <<<"$out"); [ -z "$found" ] || word[GRANT]=$found
	found=$(sed -n 's/^trace  *\([0-9a-f]\{32\}\)$/\1/p' <<<"$out"); [ -z "$found" ] || word[TRACE]=$found
	found=$(sed -n 's/^d-[a-z0-9]*\/[a-z_]*  *\(match\|mismatch\|unknown\) .*/\1/p' <<<"$out"); [ -z "$found" ] || answers+=("$found")
}

run() {
	local line out
	line=$(fill "$1")
	printf '\n$ %s\n' "$line"
	if [ "$2" = serve ]; then
		$line >serve.out 2>serve.diary &
		served=$!
		for _ in $(seq 100); do
			grep -q serves serve.out && break
			kill -0 "$served" 2>/dev/null || { cat serve.diary >&2; fail "the node did not start"; }
			sleep 0.05
		done
		cat serve.out
		return
	fi
	eval "$line" >out.txt || fail "this failed: $line"
	cat out.txt
	note "$(cat out.txt)"
}

seconds() { date +%s%3N; }
begin=$(seconds)
kind= sql=
while IFS= read -r line <&3; do
	case $line in
	'```sql') kind=sql sql= ;;
	'```sh') kind=sh ;;
	'```sh serve') kind=serve ;;
	'```')
		if [ "$kind" = sql ]; then
			printf '\n%s' "$sql"
			psql -q -v ON_ERROR_STOP=1 "$FONTIS_PG_DSN" <<<"$sql"
		fi
		kind=
		;;
	*)
		case $kind in
		sql) sql+=$line$'\n' ;;
		sh | serve) run "$line" "$kind" ;;
		esac
		;;
	esac
done 3<"$page"
took=$(($(seconds) - begin))

[ "${answers[*]}" = "match mismatch unknown" ] || fail "the answers were: ${answers[*]}; expected: match mismatch unknown"
printf '\nfirstday: match, mismatch, unknown, and a receipt that checks; %d.%03d s of machine time\n' $((took / 1000)) $((took % 1000))
[ "$took" -lt 60000 ] || fail "that is more than 60 s"
