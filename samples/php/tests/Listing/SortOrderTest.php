<?php

declare(strict_types=1);

namespace Shop\Tests\Listing;

use PHPUnit\Framework\TestCase;
use Shop\Listing\SortOrder;
use Shop\Support\Collection;
use Shop\Tests\Fixtures\Goods;

final class SortOrderTest extends TestCase
{
    /** @dataProvider orders */
    public function testSorts(SortOrder $order, string $first, string $second): void
    {
        $sorted = $order->sort(Collection::of(Goods::mug(), Goods::lamp()));

        self::assertSame($first, $sorted->first()->name);
        self::assertSame($second, $sorted->all()[1]->name);
    }

    public function orders(): array
    {
        return [
            'by name' => [SortOrder::Name, 'Blue Mug', 'Desk Lamp'],
            'cheap first' => [SortOrder::PriceUp, 'Blue Mug', 'Desk Lamp'],
            'dear first' => [SortOrder::PriceDown, 'Desk Lamp', 'Blue Mug'],
        ];
    }

    /** @dataProvider queries */
    public function testReadsTheQuery(?string $query, SortOrder $expected): void
    {
        self::assertSame($expected, SortOrder::fromQuery($query));
    }

    public function queries(): array
    {
        return [
            [null, SortOrder::Name],
            ['', SortOrder::Name],
            ['nonsense', SortOrder::Name],
            ['-price', SortOrder::PriceDown],
        ];
    }
}
