<?php

declare(strict_types=1);

namespace Shop\Tests\Catalog;

use OutOfBoundsException;
use PHPUnit\Framework\TestCase;
use Shop\Catalog\Catalog;
use Shop\Money\Money;
use Shop\Tests\Fixtures\Goods;

final class CatalogTest extends TestCase
{
    public function testFindsWhatWasAdded(): void
    {
        $catalog = (new Catalog())->add(Goods::mug(), Goods::lamp());

        self::assertTrue($catalog->has('LA-200'));
        self::assertSame('Desk Lamp', $catalog->get('LA-200')->name);
        self::assertSame(2, $catalog->size());
    }

    public function testComplainsAboutUnknownArticles(): void
    {
        $this->expectException(OutOfBoundsException::class);

        (new Catalog())->get('MU-100');
    }

    public function testForgetsRemovedArticles(): void
    {
        $catalog = Goods::catalog();
        $catalog->remove('MU-100');

        self::assertFalse($catalog->has('MU-100'));
        self::assertSame(7, $catalog->size());
    }

    public function testListsByName(): void
    {
        $names = Goods::catalog()->list()->map(static fn ($product): string => $product->name)->all();

        self::assertSame('Blue Mug', $names[0]);
        self::assertSame('Walking Shoes', $names[7]);
    }

    /** @dataProvider priceRanges */
    public function testFiltersByPrice(int $low, int $high, int $expected): void
    {
        self::assertCount($expected, Goods::catalog()->between(Money::of($low), Money::of($high)));
    }

    public function priceRanges(): array
    {
        return [
            'mugs only' => [0, 1300, 2],
            'limits included' => [1150, 1250, 2],
            'middle' => [4000, 10000, 3],
            'nothing' => [30000, 40000, 0],
            'everything' => [0, 99999, 8],
        ];
    }

    public function testCountsFamilies(): void
    {
        self::assertSame(
            ['CH' => 1, 'LA' => 2, 'MU' => 2, 'SH' => 2, 'TA' => 1],
            Goods::catalog()->families(),
        );
    }

    public function testFindsTheCheapest(): void
    {
        self::assertSame('Red Mug', Goods::catalog()->cheapest()->name);
        self::assertNull((new Catalog())->cheapest());
    }
}
