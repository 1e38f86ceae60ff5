#!/bin/bash
# Makes dist/: one archive a platform with the static binary, the systemd unit,
# the documents that an operator needs and the demo world's tables (they stand in
# the binary), and checksums of all.
#
#   scripts/dist.sh VERSION        (make dist)
#
# The same source and version give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: scripts/dist.sh VERSION}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

rm -rf dist
mkdir -p dist
for arch in ${ARCHES:-amd64 arm64}; do
	name=fontis-$version-linux-$arch
	dir=dist/$name
	mkdir -p "$dir/docs/operate"
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -mod=readonly -trimpath -buildvcs=false \
		-ldflags "-s -w -X fontis/cmd/fontis/console.Build=$version" -o "$dir/fontis" ./cmd/fontis
	cp scripts/fontis.service "$dir/"
	cp docs/operate/install.md docs/operate/backup.md docs/operate/first-day.md docs/operate/status-acts.md "$dir/docs/operate/"
	cp docs/operate/install.md "$dir/INSTALL.md"
	for doc in README.md LICENSE NOTICE CHANGELOG.md SECURITY.md; do
		[ ! -f "$doc" ] || cp "$doc" "$dir/"
	done
	mkdir -p "$dir/demo"
	cp demo/SOURCES.md "$dir/demo/"
	cp -r demo/data "$dir/demo/data"
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C dist -cf - "$name" | gzip -n -9 >"dist/$name.tar.gz"
	rm -rf "$dir"
done
cp web/dist/check.html dist/ # the check of a receipt for a browser, for those who have no program
(cd dist && sha256sum ./*.tar.gz ./check.html | sed 's, \./, ,' >SHA256SUMS && cat SHA256SUMS)
