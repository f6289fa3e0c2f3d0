<?php

declare(strict_types=1);

namespace Shop\Tests\Inventory;

use PHPUnit\Framework\TestCase;
use Shop\Inventory\StockShortage;
use Shop\Inventory\StockTake;
use Shop\Inventory\Warehouse;

final class WarehouseTest extends TestCase
{
    private Warehouse $warehouse;

    protected function setUp(): void
    {
        $this->warehouse = new Warehouse('North');
        $this->warehouse->receive(['MU-100' => 10, 'LA-200' => 3]);
    }

    public function testCountsADelivery(): void
    {
        self::assertSame(9, $this->warehouse->receive(['MU-100' => 4, 'CH-310' => 5]));
        self::assertSame(14, $this->warehouse->stock('MU-100')->available());
    }

    public function testReservesAll(): void
    {
        $this->warehouse->reserveAll(['MU-100' => 2, 'LA-200' => 3]);

        self::assertSame(8, $this->warehouse->stock('MU-100')->available());
        self::assertSame(0, $this->warehouse->stock('LA-200')->available());
    }

    public function testReservesAllOrNothing(): void
    {
        try {
            $this->warehouse->reserveAll(['MU-100' => 2, 'LA-200' => 4]);
            self::fail('There are only three lamps');
        } catch (StockShortage $shortage) {
            self::assertSame('LA-200', $shortage->sku);
        }

        self::assertSame(10, $this->warehouse->stock('MU-100')->available());
    }

    public function testShipsAll(): void
    {
        $this->warehouse->reserveAll(['MU-100' => 2, 'LA-200' => 1]);
        $this->warehouse->shipAll(['MU-100' => 2, 'LA-200' => 1]);

        self::assertSame(8, $this->warehouse->stock('MU-100')->available());
    }

    public function testReport(): void
    {
        self::assertSame(
            "North, 2 articles\nLA-200        3 low\nMU-100       10 in stock",
            $this->warehouse->report(),
        );
    }

    /** @dataProvider counts */
    public function testStockTake(int $mugs, int $lamps, string $verdict): void
    {
        $take = (new StockTake($this->warehouse))
            ->count('MU-100', $mugs)
            ->count('LA-200', $lamps);

        self::assertSame($verdict, $take->verdict());
    }

    public function counts(): array
    {
        return [
            'all there' => [10, 3, 'exact'],
            'one missing' => [9, 3, 'acceptable'],
            'opposite errors do not cancel' => [12, 1, 'acceptable'],
            'hopeless' => [4, 9, 'count again'],
        ];
    }

    public function testStockTakeAddsUpShelves(): void
    {
        $take = (new StockTake($this->warehouse))->count('MU-100', 6)->count('MU-100', 3);

        self::assertSame(['MU-100' => -1], $take->differences());
        self::assertSame('50 %', $take->progress(2));
    }
}
