<?php

declare(strict_types=1);

namespace Shop\Tests\Shipping;

use DomainException;
use PHPUnit\Framework\TestCase;
use Shop\Money\Money;
use Shop\Shipping\FlatRate;
use Shop\Shipping\Parcel;
use Shop\Shipping\Rate;
use Shop\Shipping\WeightRate;
use Shop\Shipping\Zone;

final class RateTest extends TestCase
{
    public function testFlatRate(): void
    {
        self::assertSame(490, $this->price(new FlatRate(490), new Parcel(1000), Zone::Domestic));
    }

    public function testFlatRateDoesNotLeaveEurope(): void
    {
        $this->expectException(DomainException::class);

        $this->price(new FlatRate(490), new Parcel(1000), Zone::World);
    }

    /** @dataProvider weights */
    public function testWeightRate(int $grams, Zone $zone, int $expected): void
    {
        self::assertSame($expected, $this->price(new WeightRate(), new Parcel($grams), $zone));
    }

    public function weights(): array
    {
        return [
            [900, Zone::Domestic, 530],
            [2000, Zone::Domestic, 530],
            [2001, Zone::Domestic, 650],
            [2000, Zone::Europe, 790],
            [500, Zone::World, 2090],
        ];
    }

    public function testBulkyParcelsCostMore(): void
    {
        self::assertSame(1990, $this->price(new FlatRate(490), new Parcel(1000, 130), Zone::Domestic));
    }

    public function testFreeShipping(): void
    {
        $rate = (new FlatRate(490))->freeFrom(Money::of(5000));

        self::assertSame(490, $this->price($rate, new Parcel(1000), Zone::Domestic, 4999));
        self::assertSame(0, $this->price($rate, new Parcel(1000), Zone::Domestic, 5000));
    }

    /** @dataProvider choices */
    public function testCheapest(int $grams, Zone $zone, string $class): void
    {
        $rate = Rate::cheapest(
            new Parcel($grams),
            $zone,
            Money::of(1000),
            new FlatRate(600),
            new WeightRate(),
        );

        self::assertInstanceOf($class, $rate);
    }

    public function choices(): array
    {
        return [
            'light' => [1500, Zone::Domestic, WeightRate::class],
            'heavy' => [5000, Zone::Domestic, FlatRate::class],
            'far' => [5000, Zone::World, WeightRate::class],
        ];
    }

    public function testThereMayBeNoRate(): void
    {
        self::assertNull(Rate::cheapest(new Parcel(1000), Zone::World, Money::zero(), new FlatRate(100)));
    }

    private function price(Rate $rate, Parcel $parcel, Zone $zone, int $goods = 1000): int
    {
        return $rate->price($parcel, $zone, Money::of($goods))->amount;
    }
}
