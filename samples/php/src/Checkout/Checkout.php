<?php

declare(strict_types=1);

namespace Shop\Checkout;

use Shop\Cart\Cart;
use Shop\Customer\Customer;
use Shop\Inventory\StockShortage;
use Shop\Inventory\Warehouse;
use Shop\Money\Money;
use Shop\Payments\PaymentMethod;
use Shop\Support\Clock;

final class Checkout
{
    private int $serial = 0;

    public function __construct(
        private readonly Warehouse $warehouse,
        private readonly Clock $clock,
    ) {
    }

    public function place(
        Cart $cart,
        Customer $customer,
        PaymentMethod $payment,
        ?Money $shipping = null,
    ): Order {
        $wanted = [];

        foreach ($cart->lines() as $line) {
            $wanted[$line->product->sku->code] = $line->quantity;
        }

        $order = new Order(
            OrderNumber::issue($this->clock, ++$this->serial),
            $customer,
            $cart,
            $shipping ?? Money::zero(),
        );

        $this->warehouse->reserveAll($wanted);

        if ($payment->pay($order->total(), $order->number->value)) {
            $order->become(OrderState::Paid);
            $customer->bought($order->total());
        }

        $cart->clear();

        return $order;
    }

    /** @return list<string> what stands in the way of this cart */
    public function obstacles(Cart $cart): array
    {
        $obstacles = [];

        foreach ($cart->lines() as $line) {
            try {
                $stock = $this->warehouse->stock($line->product->sku->code);
                $stock->reserve($line->quantity);
                $stock->release($line->quantity);
            } catch (StockShortage $shortage) {
                $obstacles[] = "{$line->product->name}: {$shortage->missing()} missing";
            }
        }

        return $obstacles;
    }
}
