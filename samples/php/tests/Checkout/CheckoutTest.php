<?php

declare(strict_types=1);

namespace Shop\Tests\Checkout;

use DomainException;
use PHPUnit\Framework\TestCase;
use Shop\Cart\Cart;
use Shop\Checkout\Checkout;
use Shop\Checkout\Order;
use Shop\Checkout\OrderState;
use Shop\Customer\Customer;
use Shop\Customer\EmailAddress;
use Shop\Customer\LoyaltyTier;
use Shop\Inventory\StockShortage;
use Shop\Inventory\Warehouse;
use Shop\Money\Money;
use Shop\Payments\PaymentMethod;
use Shop\Support\FrozenClock;
use Shop\Tests\Fixtures\Goods;

final class CheckoutTest extends TestCase
{
    private Warehouse $warehouse;
    private Checkout $checkout;
    private Customer $customer;
    private Cart $cart;

    protected function setUp(): void
    {
        $this->warehouse = new Warehouse('Main');
        $this->warehouse->receive(['MU-100' => 5, 'LA-200' => 20]);
        $this->checkout = new Checkout($this->warehouse, new FrozenClock('2024-03-01 10:00'));
        $this->customer = new Customer('Ada Lind', new EmailAddress('ada@mail.example'));
        $this->cart = new Cart();
        $this->cart->add(Goods::mug(), 2);
    }

    public function testAPaidOrder(): void
    {
        $order = $this->place($this->payment(true));

        self::assertSame(OrderState::Paid, $order->state());
        self::assertSame(['order.paid: 2403-00001-4'], $order->releaseEvents());
    }

    public function testAnOrderThatWaitsForMoney(): void
    {
        $order = $this->place($this->payment(false));

        self::assertSame(OrderState::Placed, $order->state());
        self::assertFalse($order->hasEvents());
        self::assertSame(LoyaltyTier::None, $this->customer->tier());
    }

    public function testShippingIsPartOfTheTotal(): void
    {
        $order = $this->place($this->payment(true), Money::of(490));

        self::assertSame(2500, $order->goods()->amount);
        self::assertSame(2990, $order->total()->amount);
    }

    public function testReservesTheGoods(): void
    {
        $this->place($this->payment(true));

        self::assertSame(3, $this->warehouse->stock('MU-100')->available());
    }

    public function testEmptiesTheCart(): void
    {
        $this->place($this->payment(true));

        self::assertTrue($this->cart->isEmpty());
    }

    public function testShortageStopsEverything(): void
    {
        $this->cart->add(Goods::mug(), 10);
        $this->expectException(StockShortage::class);

        $this->place($this->neverAsked());
    }

    public function testAnEmptyCartIsNoOrder(): void
    {
        $this->cart->clear();
        $this->expectException(DomainException::class);

        $this->place($this->neverAsked());
    }

    public function testGoodCustomersArePromoted(): void
    {
        $this->cart->add(Goods::lamp(), 20);
        $this->place($this->payment(true));

        self::assertSame(LoyaltyTier::Silver, $this->customer->tier());
    }

    public function testObstaclesAreNamed(): void
    {
        $this->cart->add(Goods::lamp(), 22);

        self::assertSame(['Desk Lamp: 2 missing'], $this->checkout->obstacles($this->cart));
    }

    public function testAskingForObstaclesReservesNothing(): void
    {
        self::assertSame([], $this->checkout->obstacles($this->cart));
        self::assertSame(5, $this->warehouse->stock('MU-100')->available());
    }

    public function testOrdersFollowTheRules(): void
    {
        $order = $this->place($this->payment(true));
        $order->become(OrderState::Shipped)->become(OrderState::Delivered);

        $this->expectExceptionMessage('is delivered and cannot become cancelled');

        $order->become(OrderState::Cancelled);
    }

    public function testConfirmation(): void
    {
        $this->cart->add(Goods::novel());

        self::assertSame(
            <<<'TEXT'
            Dear Ada Lind,

            thank you for your order 2403-00001-4:
              2 x Blue Mug, 25.00 EUR
              1 x A Winter Novel, 8.99 EUR
            Total: 33.99 EUR
            TEXT,
            $this->placeStockless()->confirmation(),
        );
    }

    private function place(PaymentMethod $payment, ?Money $shipping = null): Order
    {
        return $this->checkout->place($this->cart, $this->customer, $payment, $shipping);
    }

    private function placeStockless(): Order
    {
        $this->warehouse->receive(['EB-300' => 1]);

        return $this->place($this->payment(true));
    }

    private function payment(bool $done): PaymentMethod
    {
        $payment = $this->createMock(PaymentMethod::class);
        $payment->expects(self::once())->method('pay')->willReturn($done);

        return $payment;
    }

    private function neverAsked(): PaymentMethod
    {
        $payment = $this->createMock(PaymentMethod::class);
        $payment->expects(self::never())->method('pay');

        return $payment;
    }
}
