<?php

declare(strict_types=1);

namespace Shop\Tests\Cart;

use OverflowException;
use PHPUnit\Framework\TestCase;
use RangeException;
use Shop\Cart\Cart;
use Shop\Cart\CartLimits;
use Shop\Tests\Fixtures\Goods;

final class CartTest extends TestCase
{
    private Cart $cart;

    protected function setUp(): void
    {
        $this->cart = new Cart();
    }

    public function testStartsEmpty(): void
    {
        self::assertTrue($this->cart->isEmpty());
        self::assertCount(0, $this->cart);
        self::assertTrue($this->cart->total()->isZero());
    }

    public function testCountsPieces(): void
    {
        $this->cart->add(Goods::mug(), 3);
        $this->cart->add(Goods::lamp());

        self::assertCount(4, $this->cart);
        self::assertCount(2, $this->cart->lines());
    }

    public function testSameArticleGoesToTheSameLine(): void
    {
        $this->cart->add(Goods::mug(), 3);
        $this->cart->add(Goods::mug(), 2);

        self::assertCount(1, $this->cart->lines());
        self::assertSame('5 x Blue Mug', (string) $this->cart->lines()[0]);
    }

    /** @dataProvider quantities */
    public function testMultipliesThePrice(int $quantity, string $total): void
    {
        $this->cart->add(Goods::mug(), $quantity);

        self::assertSame($total, $this->cart->total()->format());
    }

    public function quantities(): array
    {
        return [
            [1, '12.50 EUR'],
            [2, '25.00 EUR'],
            [8, '100.00 EUR'],
            [99, '1,237.50 EUR'],
        ];
    }

    public function testAddsUpTheWeight(): void
    {
        $this->cart->add(Goods::mug(), 2);
        $this->cart->add(Goods::lamp());
        $this->cart->add(Goods::novel());

        self::assertSame(3100, $this->cart->weight());
    }

    /** @dataProvider badQuantities */
    public function testRejectsBadQuantities(int $quantity): void
    {
        $this->expectException(RangeException::class);
        $this->expectExceptionMessage("got {$quantity}");

        $this->cart->add(Goods::mug(), $quantity);
    }

    public function badQuantities(): array
    {
        return ['zero' => [0], 'negative' => [-1], 'very negative' => [PHP_INT_MIN]];
    }

    public function testStopsAtTheQuantityLimit(): void
    {
        $this->cart->add(Goods::mug(), 60);
        $this->expectException(OverflowException::class);

        $this->cart->add(Goods::mug(), 40);
    }

    public function testLimitsCanBeReplaced(): void
    {
        $cart = new Cart(new class implements CartLimits {
            public function maxLines(): int
            {
                return 1;
            }

            public function maxQuantity(): int
            {
                return 5;
            }
        });
        $cart->add(Goods::mug());

        $this->expectExceptionMessage('The cart is full');

        $cart->add(Goods::lamp());
    }

    public function testRemovesALine(): void
    {
        $this->cart->add(Goods::mug());

        self::assertTrue($this->cart->remove('MU-100'));
        self::assertTrue($this->cart->isEmpty());
    }

    public function testRemovingAStrangerChangesNothing(): void
    {
        $this->cart->add(Goods::mug());

        self::assertFalse($this->cart->remove('XX-999'));
        self::assertCount(1, $this->cart);
    }

    public function testTellsWhatHappened(): void
    {
        $this->cart->add(Goods::mug(), 2);
        $this->cart->remove('MU-100');
        $this->cart->clear();

        self::assertTrue($this->cart->hasEvents());
        self::assertSame(
            ['cart.added: MU-100, 2', 'cart.removed: MU-100', 'cart.cleared'],
            $this->cart->releaseEvents(),
        );
        self::assertFalse($this->cart->hasEvents());
    }
}
