<?php

declare(strict_types=1);

namespace Shop\Tests\Pricing;

use PHPUnit\Framework\TestCase;
use Shop\Pricing\BulkPrice;
use Shop\Pricing\PercentOff;
use Shop\Pricing\PriceList;
use Shop\Tests\Fixtures\Goods;

final class PriceListTest extends TestCase
{
    public function testWithoutRulesTheListPriceCounts(): void
    {
        $prices = new PriceList();

        self::assertSame(1250, $prices->unitPrice(Goods::mug())->amount);
        self::assertSame('List price', $prices->explain());
    }

    public function testRulesAreAppliedInOrder(): void
    {
        $prices = (new PriceList())->with(new PercentOff(10), new PercentOff(50));

        self::assertSame(562, $prices->unitPrice(Goods::mug())->amount);
    }

    public function testAddingRulesLeavesTheOriginalAlone(): void
    {
        $prices = new PriceList();
        $prices->with(new PercentOff(10));

        self::assertSame('List price', $prices->explain());
    }

    public function testTotal(): void
    {
        self::assertSame(11870, (new PriceList())->with(BulkPrice::standard())->total(Goods::mug(), 10)->amount);
    }

    public function testExplains(): void
    {
        $one = (new PriceList())->with(new PercentOff(10));
        $two = $one->with(new PercentOff(5));

        self::assertSame('10 % off', $one->explain());
        self::assertSame('10 % off; 5 % off', $two->explain());
    }

    public function testFindsTheBestRule(): void
    {
        $five = new PercentOff(5);
        $bulk = BulkPrice::standard();
        $prices = (new PriceList())->with($five, $bulk);

        self::assertSame($five, $prices->best(Goods::mug(), 1));
        self::assertSame($bulk, $prices->best(Goods::mug(), 60));
    }

    public function testThereMayBeNoBestRule(): void
    {
        self::assertNull((new PriceList())->with(new PercentOff(0))->best(Goods::mug(), 1));
    }
}
