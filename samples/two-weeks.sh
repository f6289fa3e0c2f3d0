#!/usr/bin/env bash
# A repository with the samples in it, and a week of work on it: what the demo and
# a test measure twice.
#
#   samples/two-weeks.sh first DIR AT    make the repository in DIR, as of AT
#   samples/two-weeks.sh second DIR AT   change it, in five commits after AT
#
# AT is a time such as 2026-11-22T20:30:00Z. Both give the same commits whenever
# they are called with the same AT and samples.
set -euo pipefail
samples=$(cd "$(dirname "$0")" && pwd)
step=$1 dir=$2 at=$3

export GIT_AUTHOR_NAME='covpipe samples' GIT_AUTHOR_EMAIL=samples@example.com
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
seconds=$(date -u -d "$at" +%s)

# commit MESSAGE: commits all there is, half an hour after the commit before.
commit() {
  git add -A
  GIT_AUTHOR_DATE="$seconds +0000" GIT_COMMITTER_DATE="$seconds +0000" git commit -q -m "$1"
  seconds=$((seconds + 1800))
}

first() {
  rm -rf "$dir" && mkdir -p "$dir" && cd "$dir"
  cp -a "$samples/php" "$samples/android" "$samples/CODEOWNERS" .
  rm -rf php/.phpunit.result.cache
  mkdir ios && cp "$samples/ios/report.json" ios/
  sed 's|\.\./build/demo|..|' "$samples/covpipe.yaml" >covpipe.yaml
  printf '%s\n' '.covpipe/' '.phpunit.result.cache' >.gitignore
  git init -q -b main
  seconds=$((seconds - 3600))
  commit 'The shop'
}

second() {
  cd "$dir"
  seconds=$((seconds + 1800))
  git rm -q php/tests/Search/IndexTest.php
  commit 'Drop the slow tests of the search index'

  mkdir php/src/Wishlist
  cat >php/src/Wishlist/Wishlist.php <<'PHP'
<?php

declare(strict_types=1);

namespace Shop\Wishlist;

final class Wishlist
{
    /** @var array<string, int> */
    private array $wanted = [];

    public function add(string $sku, int $quantity = 1): void
    {
        if ($quantity < 1) {
            throw new \InvalidArgumentException('Wish for one at least');
        }

        $this->wanted[$sku] = ($this->wanted[$sku] ?? 0) + $quantity;
    }

    public function remove(string $sku): void
    {
        unset($this->wanted[$sku]);
    }

    public function count(): int
    {
        return array_sum($this->wanted);
    }
}
PHP
  commit 'Wish lists, to be tested later'

  git mv php/src/Tax/VatNumber.php php/src/Customer/VatNumber.php
  sed -i 's/^namespace Shop\\Tax;/namespace Shop\\Customer;/' php/src/Customer/VatNumber.php
  sed -i 's/^use Shop\\Tax\\VatNumber;/use Shop\\Customer\\VatNumber;/' php/tests/Tax/VatNumberTest.php
  sed -i "/public function country()/a\\
\\
    public function isDomestic(): bool\\
    {\\
        return \$this->country() === 'DE';\\
    }" php/src/Customer/VatNumber.php
  commit 'A VAT number belongs to a customer'

  sed -i 's|^/php/src/Notification/ .*|/php/src/Notification/  @shop/platform|' CODEOWNERS
  commit 'The platform team takes over notifications'

  cat >php/tests/Cart/ClockTest.php <<'PHP'
<?php

declare(strict_types=1);

namespace Shop\Tests\Cart;

use PHPUnit\Framework\TestCase;
use Shop\Support\SystemClock;

final class ClockTest extends TestCase
{
    public function testTheClockGoesOn(): void
    {
        $clock = new SystemClock();

        self::assertGreaterThanOrEqual($clock->now(), $clock->now());
    }
}
PHP
  commit 'Test the clock of the cart'
}

"$step"
