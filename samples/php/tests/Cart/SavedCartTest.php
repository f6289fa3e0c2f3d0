<?php

declare(strict_types=1);

namespace Shop\Tests\Cart;

use PHPUnit\Framework\TestCase;
use Shop\Cart\Cart;
use Shop\Cart\SavedCart;
use Shop\Tests\Fixtures\Goods;
use UnexpectedValueException;

final class SavedCartTest extends TestCase
{
    public function testComesBackAsItWas(): void
    {
        $cart = new Cart();
        $cart->add(Goods::mug(), 4);
        $cart->add(Goods::lamp());

        $restored = SavedCart::unpack(SavedCart::pack($cart), Goods::catalog());

        self::assertEquals($cart->lines(), $restored->lines());
    }

    public function testForgetsArticlesThatAreGone(): void
    {
        $cart = new Cart();
        $cart->add(Goods::novel());
        $cart->add(Goods::mug());

        $restored = SavedCart::unpack(SavedCart::pack($cart), Goods::catalog());

        self::assertSame(['1 x Blue Mug'], array_map(strval(...), $restored->lines()));
    }

    /** @dataProvider rubbish */
    public function testRefusesRubbish(string $cookie): void
    {
        $this->expectException(UnexpectedValueException::class);
        $this->expectExceptionMessage('Unreadable cart');

        SavedCart::unpack($cookie, Goods::catalog());
    }

    public function rubbish(): array
    {
        return [
            'empty' => [''],
            'not base64' => ['%%%'],
            'not JSON' => [base64_encode('{"MU-100"')],
            'too deep' => [base64_encode('[[[[[1]]]]]')],
        ];
    }
}
