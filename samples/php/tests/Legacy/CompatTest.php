<?php

declare(strict_types=1);

namespace Shop\Tests\Legacy;

use PHPUnit\Framework\TestCase;

final class CompatTest extends TestCase
{
    protected function setUp(): void
    {
        require __DIR__ . '/../../src/legacy/compat.php';
    }

    /** @dataProvider amounts */
    public function testMoneyFormat(int $cents, string $expected): void
    {
        self::assertSame($expected, money_format_legacy($cents));
    }

    public function amounts(): array
    {
        return [[5, 'EUR 0.05'], [1250, 'EUR 12.50'], [-199, '-EUR 1.99']];
    }

    public function testMoneyFormatWithSymbol(): void
    {
        self::assertSame('$ 1.00', money_format_legacy(100, '$'));
    }

    public function testThePolyfillStandsBackOnANewPhp(): void
    {
        self::assertTrue((new \ReflectionFunction('array_is_list'))->isInternal());
    }
}
