<?php

declare(strict_types=1);

namespace Shop\Tests\Legacy;

use PHPUnit\Framework\TestCase;

final class FunctionsTest extends TestCase
{
    /** @dataProvider prices */
    public function testPrice(int $cents, string $expected): void
    {
        self::assertSame($expected, shop_price($cents));
    }

    public function prices(): array
    {
        return [[0, '0.00'], [1250, '12.50'], [123456789, '1 234 567.89']];
    }

    public function testNet(): void
    {
        self::assertSame(10000, shop_net(11900));
        self::assertSame(10000, shop_net(10700, 7));
        self::assertSame(500, shop_net(500, 0));
    }

    public function testYesNo(): void
    {
        self::assertSame('yes', shop_yes_no(1));
        self::assertSame('no', shop_yes_no(''));
    }

    public function testArrayPick(): void
    {
        $rows = [['id' => 1, 'name' => 'a'], ['id' => 2]];

        self::assertSame([1, 2], shop_array_pick($rows, 'id'));
        self::assertSame(['a', '?'], shop_array_pick($rows, 'name', '?'));
    }
}
