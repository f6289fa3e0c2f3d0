<?php

declare(strict_types=1);

namespace Ledger\Tests\Order;

use Ledger\Currency;
use Ledger\Money;
use Ledger\Numbers;
use Ledger\Order;
use PHPUnit\Framework\Attributes\Before;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\TestCase;

#[Group('slow')]
final class OrderTest extends TestCase
{
    private Order $order;

    #[Before]
    public function anOrder(): void
    {
        $this->order = new Order();
    }

    public function testIsEmpty(): void
    {
        self::assertSame('empty', $this->order->state());
    }

    public function testIsFree(): void
    {
        self::assertSame('free', $this->order->add(Money::zero(Currency::Euro))->state());
    }

    public function testAddsUp(): void
    {
        $this->order->add(new Money(1, Currency::Euro))->add(new Money(2, Currency::Euro));
        self::assertSame(3, $this->order->total()->minor);
        self::assertSame('open', $this->order->state());
    }

    public function testIsNumbered(): void
    {
        self::assertGreaterThan(1000, Numbers::next());
    }

    public function testIsNotFinished(): void
    {
        self::markTestIncomplete('nobody cancels');
    }
}
