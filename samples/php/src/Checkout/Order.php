<?php

declare(strict_types=1);

namespace Shop\Checkout;

use DomainException;
use Shop\Cart\Cart;
use Shop\Cart\CartLine;
use Shop\Customer\Customer;
use Shop\Money\Money;
use Shop\Support\RecordsEvents;

class Order
{
    use RecordsEvents;

    private OrderState $state = OrderState::START;

    /** @var list<CartLine> */
    private readonly array $lines;

    public function __construct(
        public readonly OrderNumber $number,
        public readonly Customer $customer,
        Cart $cart,
        public readonly Money $shipping,
    ) {
        if ($cart->isEmpty()) {
            throw new DomainException('An order needs at least one line');
        }

        $this->lines = $cart->lines();
    }

    public function state(): OrderState { return $this->state; }

    public function goods(): Money
    {
        $total = Money::zero();

        foreach ($this->lines as $line) {
            $total = $total->plus($line->total());
        }

        return $total;
    }

    public function total(): Money { return $this->goods()->plus($this->shipping); }

    public function become(OrderState $state): static
    {
        if (!$this->state->canBecome($state)) {
            throw new DomainException(sprintf(
                'Order %s is %s and cannot become %s',
                $this->number->value,
                $this->state->value,
                $state->value,
            ));
        }

        $this->state = $state;
        $this->record($state->value, $this->number->value);

        return $this;
    }

    public function confirmation(): string
    {
        $lines = implode("\n", array_map(
            static fn (CartLine $line): string => "  {$line}, {$line->total()->format()}",
            $this->lines,
        ));

        return <<<TEXT
            Dear {$this->customer->name},

            thank you for your order {$this->number->value}:
            {$lines}
            Total: {$this->total()->format()}
            TEXT;
    }

    protected function eventPrefix(): string { return 'order'; }
}
