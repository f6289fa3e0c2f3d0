<?php

declare(strict_types=1);

namespace Shop\Tests\Catalog;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use Shop\Catalog\Sku;

final class SkuTest extends TestCase
{
    /** @dataProvider goodCodes */
    public function testReads(string $code, string $family, int $number): void
    {
        $sku = Sku::parse($code);

        self::assertSame($family, $sku->family());
        self::assertSame($number, $sku->number());
    }

    public function goodCodes(): array
    {
        return [
            ['MU-100', 'MU', 100],
            [' la-200 ', 'LA', 200],
            ['ABCD-000042', 'ABCD', 42],
        ];
    }

    /** @dataProvider badCodes */
    public function testRejects(string $code): void
    {
        $this->expectException(InvalidArgumentException::class);

        Sku::parse($code);
    }

    public function badCodes(): array
    {
        return [[''], ['100'], ['M-100'], ['MU100'], ['MU-12'], ['ABCDE-100'], ['MU-1234567']];
    }

    /** @dataProvider successors */
    public function testCountsOn(string $code, string $next): void
    {
        self::assertSame($next, (string) Sku::parse($code)->next());
    }

    public function successors(): array
    {
        return [['MU-100', 'MU-101'], ['MU-0099', 'MU-0100'], ['MU-999', 'MU-1000']];
    }
}
