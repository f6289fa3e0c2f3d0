#!/usr/bin/env bash
# Runs test/run.js twice, under nyc and under c8, and writes
#   nyc.coverage-final.json  Istanbul's own instrumentation, nyc 17.1
#   c8.coverage-final.json   V8's coverage in Istanbul's form, c8 10.1
#   jest-data.coverage-final.json  the first, each second file in {"data": …}
#                            as jest 24 wrote it (istanbuljs#458)
# with nyc's totals in nyc.totals.json and c8's in c8.totals.json.
#
# Needs Node.js 20 and npm. The sources are copied to /srv/shop-js, so that the
# paths in the reports are always the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=/srv/shop-js
rm -rf "$build/src" "$build/test" && mkdir -p "$build"
cp -r "$here/src" "$here/test" "$build"
cd "$build"
[ -f package.json ] || echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund nyc@17.1.0 c8@10.1.3

npx nyc --silent --all --include 'src/**' node test/run.js
npx nyc report --reporter=json --reporter=json-summary --report-dir=nyc
npx c8 --all --include 'src/**' --reporter=json --reporter=json-summary --reports-dir=c8 node test/run.js
node -e '
  const fs = require("fs");
  const files = Object.entries(JSON.parse(fs.readFileSync("nyc/coverage-final.json")));
  fs.writeFileSync("jest-data.json", JSON.stringify(Object.fromEntries(files.map(([p, f], i) => [p, i % 2 ? { data: f } : f])), null, 2) + "\n");'

cp nyc/coverage-final.json "$here/nyc.coverage-final.json"
cp c8/coverage-final.json "$here/c8.coverage-final.json"
cp jest-data.json "$here/jest-data.coverage-final.json"
for tool in nyc c8; do
  node -e 'console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(process.argv[1])), null, 1))' "$tool/coverage-summary.json" > "$here/$tool.totals.json"
done
