#!/bin/bash
# Runs a command with a throwaway PostgreSQL server:
#
#   scripts/pg.sh go test ./internal/engine/db/...
#
# The server listens on a free port of the loopback address only, has a password
# of its own, syncs like a real one, sorts text as a Chinese reader would (so that
# whoever relies on the order of bytes is found out), and is gone afterwards. The
# command finds it in FONTIS_PG_DSN. Debian's package is installed when no server
# of version 15 or later is there, which needs root.
set -euo pipefail

if [ $# -eq 0 ]; then
	echo "usage: scripts/pg.sh COMMAND [ARGUMENT...]" >&2
	exit 2
fi

find_server() {
	local dir version
	for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) $(dirname "$(command -v initdb || echo /none/initdb)"); do
		[ -x "$dir/initdb" ] || continue
		version=$("$dir/initdb" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
		if [ "$version" -ge 15 ]; then
			echo "$dir"
			return 0
		fi
	done
	return 1
}

if ! bin=$(find_server); then
	if [ "$(id -u)" -ne 0 ]; then
		echo "pg.sh: no PostgreSQL of version 15 or later; as root: apt-get install postgresql" >&2
		exit 1
	fi
	{
		apt-get update -q
		# The package would start a server of its own; we want none but ours.
		mkdir -p /etc/postgresql-common
		grep -qs '^create_main_cluster' /etc/postgresql-common/createcluster.conf ||
			echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql
	} >&2
	bin=$(find_server) || { echo "pg.sh: no PostgreSQL of version 15 or later to be had" >&2; exit 1; }
fi

# A server refuses to run as root.
as_server=()
if [ "$(id -u)" -eq 0 ]; then
	id postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
	as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/fontis-pg.XXXXXX")
child=
stop() {
	[ -z "$child" ] || kill "$child" 2>/dev/null || true
	if [ -f "$dir/data/postmaster.pid" ]; then
		"${as_server[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	fi
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$dir/password"
if [ ${#as_server[@]} -gt 0 ]; then
	chown -R postgres: "$dir"
fi
cd_dir=$PWD
cd "$dir"
"${as_server[@]}" "$bin/initdb" -D "$dir/data" -U fontis -A scram-sha-256 --pwfile="$dir/password" \
	-E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=zh --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
rm -f "$dir/password"

port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	try=$((20000 + RANDOM % 12000))
	if "${as_server[@]}" "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 30 start \
		-o "-c listen_addresses=127.0.0.1 -c port=$try -c unix_socket_directories= -c max_connections=300 -c shared_buffers=128MB -c max_wal_size=4GB" \
		>/dev/null 2>&1; then
		port=$try
		break
	fi
done
if [ -z "$port" ]; then
	tail -20 "$dir/server.log" >&2
	exit 1
fi

cd "$cd_dir"
export FONTIS_PG_DSN="postgres://fontis:$password@127.0.0.1:$port/postgres?sslmode=disable"
"$@" <&0 &
child=$!
code=0
wait "$child" || code=$?
child=
exit "$code"
