<?php

declare(strict_types=1);

namespace Shop\Tests\Inventory;

use LogicException;
use PHPUnit\Framework\TestCase;
use RangeException;
use Shop\Inventory\Stock;
use Shop\Inventory\StockShortage;

final class StockTest extends TestCase
{
    public function testReceivesGoods(): void
    {
        $stock = new Stock('MU-100');
        $stock->receive(7);

        self::assertSame(7, $stock->available());
        self::assertSame(['stock.received: MU-100, 7'], $stock->releaseEvents());
    }

    public function testCannotReceiveNothing(): void
    {
        $this->expectException(RangeException::class);

        (new Stock('MU-100'))->receive(0);
    }

    public function testReservedGoodsAreNotAvailable(): void
    {
        $stock = new Stock('MU-100', 10);
        $stock->reserve(4);

        self::assertSame(6, $stock->available());
    }

    public function testReleasedGoodsAreAvailableAgain(): void
    {
        $stock = new Stock('MU-100', 10);
        $stock->reserve(4);
        $stock->release(3);
        self::assertSame(9, $stock->available());

        $stock->release(5);
        self::assertSame(10, $stock->available());
    }

    public function testShortageNamesTheFigures(): void
    {
        try {
            (new Stock('MU-100', 2))->reserve(5);
            self::fail('There is not enough');
        } catch (StockShortage $shortage) {
            self::assertSame(3, $shortage->missing());
            self::assertSame('Only 2 of MU-100 left, 5 wanted', $shortage->getMessage());
        }
    }

    public function testOnlyReservedGoodsAreShipped(): void
    {
        $this->expectException(LogicException::class);

        (new Stock('MU-100', 10))->ship(1);
    }

    public function testWarnsWhenStockRunsLow(): void
    {
        $stock = new Stock('MU-100', 10, 8);
        $stock->reserve(3);
        $stock->ship(1);
        self::assertFalse($stock->hasEvents());

        $stock->ship(2);
        self::assertSame(['stock.low: MU-100, 7'], $stock->releaseEvents());
    }

    /** @dataProvider levels */
    public function testLevel(int $onHand, string $level): void
    {
        self::assertSame($level, (new Stock('MU-100', $onHand))->level());
    }

    public function levels(): array
    {
        return [[0, 'sold out'], [1, 'low'], [5, 'low'], [6, 'in stock']];
    }
}
