<?php

declare(strict_types=1);

namespace Shop\Tests\Pricing\Rules;

use PHPUnit\Framework\TestCase;
use Shop\Money\Money;
use Shop\Pricing\BulkPrice;

final class BulkPriceTest extends TestCase
{
    /** @dataProvider quantities */
    public function testStandardSteps(int $quantity, int $expected): void
    {
        self::assertSame($expected, BulkPrice::standard()->apply(Money::of(1000), $quantity)->amount);
    }

    public function quantities(): array
    {
        return [[1, 1000], [9, 1000], [10, 950], [49, 950], [50, 900], [100, 850], [5000, 850]];
    }

    public function testStepsMayComeInAnyOrder(): void
    {
        $rule = new BulkPrice([5 => 20, 2 => 10]);

        self::assertSame(900, $rule->apply(Money::of(1000), 3)->amount);
        self::assertSame(800, $rule->apply(Money::of(1000), 5)->amount);
    }

    public function testDescribesItself(): void
    {
        self::assertSame('from 2 pieces 10 %, from 5 pieces 20 %', (new BulkPrice([5 => 20, 2 => 10]))->describe());
    }
}
