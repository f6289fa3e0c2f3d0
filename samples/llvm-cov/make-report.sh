#!/usr/bin/env bash
# Compiles src with clang's source-based coverage, runs it, and writes
#   shop.json          llvm-cov export
#   shop-summary.json  llvm-cov export -summary-only
#   shop-pretty.json   the first with its keys sorted, over several lines, and
#                      without branches, as before LLVM 12
#
# For Debian 12 with clang, llvm, libclang-rt-14-dev and python3; the reports
# here are of clang 14.0.6. The sources are copied to /srv/shop-cpp, so that the
# paths in the reports are always the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=/srv/shop-cpp
rm -rf "$build" && mkdir -p "$build"
cp "$here"/src/* "$build"
cd "$build"
clang++ -std=c++17 -fprofile-instr-generate -fcoverage-mapping "$build"/*.cpp -o shop
LLVM_PROFILE_FILE=shop.profraw ./shop
llvm-profdata merge shop.profraw -o shop.profdata
llvm-cov export ./shop -instr-profile=shop.profdata > "$here/shop.json"
llvm-cov export ./shop -instr-profile=shop.profdata -summary-only > "$here/shop-summary.json"
python3 - "$here/shop.json" > "$here/shop-pretty.json" <<'PY'
import json, sys

def without_branches(value):
    if isinstance(value, dict):
        return {key: without_branches(value[key]) for key in sorted(value) if key != "branches"}
    if isinstance(value, list):
        return [without_branches(one) for one in value]
    return value

print(json.dumps(without_branches(json.load(open(sys.argv[1]))), indent=1))
PY
