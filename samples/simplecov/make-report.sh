#!/usr/bin/env bash
# Runs the two tests as two suites under SimpleCov and writes
#   branches.resultset.json  .resultset.json with branches, both suites
#   lines.resultset.json     .resultset.json without branches, both suites
#   coverage.json            the first in the shape of simplecov_json_formatter
#                            0.1.4, by the lines below: Debian does not have it
# and in totals.txt what SimpleCov itself makes of the first.
#
# For Debian 12 with ruby and ruby-simplecov; the reports here are of SimpleCov
# 0.22.0 and Ruby 3.1. The sources are copied to /srv/shop-ruby, so that the
# paths in the reports are always the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=/srv/shop-ruby
rm -rf "$build" && mkdir -p "$build"
cp -r "$here/lib" "$here/test" "$build"
cd "$build"
cat > cover.rb <<'RUBY'
require 'json'
require 'simplecov'

# Writes what the JSON formatter writes.
class JSONShape
  def format(result)
    files = result.files.to_h do |file|
      lines = file.lines.map { |line| line.skipped? ? 'ignored' : line.coverage }
      branches = file.branches.map do |b|
        { type: b.type, start_line: b.start_line, end_line: b.end_line, coverage: b.skipped? ? 'ignored' : b.coverage }
      end
      [file.filename, SimpleCov.branch_coverage? ? { lines: lines, branches: branches } : { lines: lines }]
    end
    meta = { simplecov_version: SimpleCov::VERSION }
    File.write('coverage/coverage.json', "#{JSON.pretty_generate({ meta: meta, coverage: files, groups: {} })}\n")
  end
end
SimpleCov.formatter = JSONShape
SimpleCov.start do
  enable_coverage :branch if ENV['BRANCHES']
  command_name ENV['SUITE']
  add_filter '/test/'
  track_files 'lib/**/*.rb'
end
SimpleCov.at_exit do
  result = SimpleCov.result
  result.format!
  all = result.coverage_statistics.map { |kind, s| "#{kind} #{s.covered} of #{s.total}" }
  File.write('totals.txt', "#{all.join(', ')}\n")
end
RUBY
for kind in branches lines; do
  rm -rf coverage
  [ "$kind" = branches ] && export BRANCHES=1 || unset BRANCHES
  for suite in prices shipping; do
    SUITE=$suite ruby -r ./cover.rb "test/$suite.rb"
  done
  cp coverage/.resultset.json "$here/$kind.resultset.json"
  if [ "$kind" = branches ]; then
    cp coverage/coverage.json "$here/coverage.json"
    cp totals.txt "$here/totals.txt"
  fi
done
