#!/usr/bin/env bash
# Compiles src with gcc --coverage, runs its two tests and writes shop.info
# (LCOV, a record for each test and file) and ../cobertura/shop.xml (gcovr).
#
# For Debian 12. Missing packages are installed with apt-get, which needs root.
# It builds in /srv/shop-c, so that the reports name no folder of this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD

missing=()
for package in gcc gcovr lcov; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update
  apt-get install -y --no-install-recommends "${missing[@]}"
fi

shop=/srv/shop-c
mkdir "$shop" # fails if somebody else has one
trap 'rm -rf "$shop"' EXIT
cp -r src "$shop"
cd "$shop"

# Each test is a test of its own for LCOV. gcc puts the notes of a program
# beside it, and runs add to the same counters.
branches=(--rc lcov_branch_coverage=1 --quiet)
for test in cart shipping; do
  mkdir "build-$test"
  gcc --coverage -O0 -o "build-$test/test" "src/test_$test.c" src/cart.c src/shipping.c
  "build-$test/test"
  lcov "${branches[@]}" --capture --directory "build-$test" --base-directory "$shop" --test-name "$test" --output-file "$test.info"
done
lcov "${branches[@]}" --add-tracefile cart.info --add-tracefile shipping.info --output-file all.info
lcov "${branches[@]}" --remove all.info '*/test_*' --output-file "$here/shop.info"

gcovr --root "$shop" --exclude 'src/test_.*' --xml-pretty --output "$here/../cobertura/shop.xml"
