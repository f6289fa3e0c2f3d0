<?php

declare(strict_types=1);

namespace Ledger;

final class Order
{
    /** @var list<Money> */
    private array $lines = [];

    public function add(Money $line): static
    {
        $this->lines[] = $line;

        return $this;
    }

    public function total(): Money
    {
        $total = Money::zero(Currency::Euro);
        foreach ($this->lines as $line) {
            $total = $total->add($line);
        }

        return $total;
    }

    public function state(): string
    {
        switch (true) {
            case $this->lines === []:
                return 'empty';
            case $this->total()->isZero():
                return 'free';
            default:
                return 'open';
        }
    }

    public function cancel(): never
    {
        throw new \LogicException('an order is not cancelled');
    }
}
