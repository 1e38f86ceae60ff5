#!/bin/bash
# Asks a demo node with the catalog's known clients and judges; what they need is
# installed beside them (node_modules, python), as listed and pinned.
set -euo pipefail
cd "$(dirname "$0")/../test/interop"

npm ci --ignore-scripts --no-audit --no-fund
if ! cmp -s requirements.txt python/requirements.txt; then
	rm -rf python
	python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target python -r requirements.txt
	cp requirements.txt python/
fi
if [ -z "${FONTIS_REAL_DATA:-}" ] && [ -d ../../../shared/data ]; then
	FONTIS_REAL_DATA=$(cd ../../../shared/data && pwd)
	export FONTIS_REAL_DATA
fi
node run.mjs
