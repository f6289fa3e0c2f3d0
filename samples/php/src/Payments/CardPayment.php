<?php

declare(strict_types=1);

namespace Shop\Payments;

use Closure;
use Shop\Money\Money;

final class CardPayment extends Gateway
{
    /** @param Closure(int, string): bool $terminal */
    public function __construct(
        private readonly CardNumber $card,
        private readonly Closure $terminal,
    ) {
    }

    public function name(): string { return $this->card->brand() . ' ' . substr($this->card->masked(), -4); }

    public function fee(Money $amount): Money
    {
        $fee = $amount->percent(1.5);
        $least = Money::of(25, $amount->currency->value);

        return $fee->isAtLeast($least) ? $fee : $least;
    }

    protected function charge(
        Money $amount,
        string $reference,
    ): bool {
        return ($this->terminal)($amount->amount, $reference);
    }
}
