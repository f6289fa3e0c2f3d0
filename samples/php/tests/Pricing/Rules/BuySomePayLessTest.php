<?php

declare(strict_types=1);

namespace Shop\Tests\Pricing\Rules;

use LogicException;
use PHPUnit\Framework\TestCase;
use Shop\Money\Money;
use Shop\Promotion\BuySomePayLess;

final class BuySomePayLessTest extends TestCase
{
    protected function setUp(): void
    {
        require_once __DIR__ . '/../../../src/Promotion/Buy & Save/Offers 2 & 3.php';
    }

    /** @dataProvider bundles */
    public function testUnitPrice(int $quantity, int $expected): void
    {
        self::assertSame($expected, BuySomePayLess::twoForOne()->apply(Money::of(1000), $quantity)->amount);
    }

    public function bundles(): array
    {
        return [[0, 0], [1, 1000], [2, 500], [3, 667], [4, 500]];
    }

    public function testThreeForTwo(): void
    {
        self::assertSame(667, BuySomePayLess::threeForTwo()->apply(Money::of(1000), 3)->amount);
        self::assertSame('Buy 3, pay 2', BuySomePayLess::threeForTwo()->describe());
    }

    public function testAnOfferMustBeOne(): void
    {
        $this->expectException(LogicException::class);

        new BuySomePayLess(2, 2);
    }
}
