<?php

declare(strict_types=1);

namespace Ledger\Tests\Text;

use PHPUnit\Framework\Attributes\CoversFunction;
use PHPUnit\Framework\TestCase;

use function Ledger\slug;

#[CoversFunction('Ledger\\slug')]
final class SlugTest extends TestCase
{
    public function testIsLowerCase(): void
    {
        self::assertSame('two-words', slug('Two Words!'));
    }
}
