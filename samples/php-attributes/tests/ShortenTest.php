<?php

declare(strict_types=1);

namespace Ledger\Tests;

use Ledger\Numbers;
use PHPUnit\Framework\TestCase;

use function Ledger\shorten;

final class ShortenTest extends TestCase
{
    public function testKeepsWhatIsShort(): void
    {
        self::assertSame('short', shorten('short'));
    }

    public function testCuts(): void
    {
        self::assertSame('tw~', shorten('two words', 3));
        self::assertGreaterThan(1000, Numbers::next());
    }
}
