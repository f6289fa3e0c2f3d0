<?php

declare(strict_types=1);

namespace Shop\Tests;

use PHPUnit\Framework\TestCase;
use Shop\Cart\Cart;
use Shop\Checkout\Checkout;
use Shop\Checkout\OrderState;
use Shop\Customer\Address;
use Shop\Customer\Customer;
use Shop\Customer\EmailAddress;
use Shop\Inventory\Warehouse;
use Shop\Payments\CardNumber;
use Shop\Payments\CardPayment;
use Shop\Support\FrozenClock;
use Shop\Support\Locale;
use Shop\Tests\Fixtures\Goods;
use Shop\Tests\Fixtures\RecordingTerminal;

final class SmokeTest extends TestCase
{
    public function testACustomerBuysAMugAndALamp(): void
    {
        $warehouse = new Warehouse('Main');
        $warehouse->receive(['MU-100' => 10, 'LA-200' => 3]);

        $customer = new Customer('Ada Lind', new EmailAddress('ada@mail.example'));
        $customer->moveTo(new Address('Hauptstr. 1', '10115', 'Berlin'));

        $cart = new Cart();
        $cart->add(Goods::mug(), 2);
        $cart->add(Goods::lamp());

        $terminal = new RecordingTerminal();
        $payment = new CardPayment(CardNumber::parse('4111 1111 1111 1111'), $terminal(...));
        $checkout = new Checkout($warehouse, new FrozenClock('2024-03-01 10:00'));

        $order = $checkout->place($cart, $customer, $payment);

        self::assertSame(OrderState::Paid, $order->state());
        self::assertSame('74.00 EUR', $order->total()->format());
        self::assertSame([[7511, '2403-00001-4']], $terminal->calls);
        self::assertTrue($cart->isEmpty());
        self::assertSame(8, $warehouse->stock('MU-100')->available());
    }

    public function testTheStartPageGreetsInTheRightLanguage(): void
    {
        self::assertSame('Danke', (new Locale('DE'))->get('thanks'));
        self::assertSame('Thank you', (new Locale('US'))->get('thanks'));
    }

    public function testUnknownWordsAreShownInBrackets(): void
    {
        self::assertSame('[help]', (new Locale('US'))->get('help'));
    }

    public function testEverySourceOfTheCatalogFileIsReadable(): void
    {
        self::assertSame(8, Goods::catalog()->size());
    }
}
