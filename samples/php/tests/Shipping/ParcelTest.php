<?php

declare(strict_types=1);

namespace Shop\Tests\Shipping;

use PHPUnit\Framework\TestCase;
use RangeException;
use Shop\Shipping\Parcel;

final class ParcelTest extends TestCase
{
    public function testMeasures(): void
    {
        $parcel = new Parcel(1000, 40, 30, 20);

        self::assertSame(24_000, $parcel->volume());
        self::assertSame(140, $parcel->girth());
    }

    /** @dataProvider weights */
    public function testChargesTheLargerWeight(int $grams, int $length, int $expected): void
    {
        self::assertSame($expected, (new Parcel($grams, $length))->chargeableGrams());
    }

    public function weights(): array
    {
        return [
            'heavy' => [5000, 30, 5000],
            'bulky' => [500, 100, 4000],
            'even' => [1200, 30, 1200],
        ];
    }

    /** @dataProvider sizes */
    public function testBulky(int $length, int $width, int $height, bool $bulky): void
    {
        self::assertSame($bulky, (new Parcel(1000, $length, $width, $height))->isBulky());
    }

    public function sizes(): array
    {
        return [
            'small' => [30, 20, 10, false],
            'long' => [121, 10, 10, true],
            'thick' => [100, 60, 50, true],
        ];
    }

    public function testMustWeighSomething(): void
    {
        $this->expectException(RangeException::class);

        new Parcel(0);
    }
}
