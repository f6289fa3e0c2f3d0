<?php

declare(strict_types=1);

namespace Shop\Tests\Pricing;

use PHPUnit\Framework\TestCase;
use Shop\Money\Money;

/**
 * The old price tables have to show what the new code computes.
 */
final class CompatPricesTest extends TestCase
{
    protected function setUp(): void
    {
        require __DIR__ . '/../../src/legacy/compat.php';
    }

    public function testBothWorldsAgree(): void
    {
        $price = Money::of(1250);

        self::assertSame('EUR 12.50', money_format_legacy($price->amount, $price->currency->value));
        self::assertSame('12.50', shop_price($price->amount));
    }

    public function testTable(): void
    {
        self::assertSame(
            "Blue Mug | 12.50\nDesk Lamp | -",
            shop_table([['Blue Mug', ' 12.50 '], ['Desk Lamp', null]]),
        );
    }

    public function testBreadcrumb(): void
    {
        self::assertSame('Home / Kitchen / MUGS', shop_breadcrumb(['Home', 'Kitchen', 'Mugs']));
    }
}
