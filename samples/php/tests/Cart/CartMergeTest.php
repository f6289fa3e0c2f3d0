<?php

declare(strict_types=1);

namespace Shop\Tests\Cart;

use PHPUnit\Framework\TestCase;
use Shop\Cart\Cart;
use Shop\Tests\Fixtures\Goods;

final class CartMergeTest extends TestCase
{
    public function testTakesOverLinesOfAnotherCart(): void
    {
        $guest = new Cart();
        $guest->add(Goods::mug(), 2);
        $guest->add(Goods::novel());

        $cart = new Cart();
        $cart->add(Goods::mug());
        $cart->merge($guest);

        self::assertSame(['3 x Blue Mug', '1 x A Winter Novel'], array_map(strval(...), $cart->lines()));
    }

    public function testLeavesTheOtherCartAlone(): void
    {
        $guest = new Cart();
        $guest->add(Goods::lamp());

        (new Cart())->merge($guest);

        self::assertCount(1, $guest);
    }
}
