<?php

declare(strict_types=1);

namespace Shop\Payments;

use DateTimeImmutable;
use Shop\Money\Money;
use Shop\Support\Guard;

final class Instalments
{
    private float $yearlyInterest = 0.0;

    public function __construct(private readonly Money $amount, private readonly int $months)
    {
        Guard::positive($months, 'Number of months');
    }

    public function atInterest(float $percent): static
    {
        $this->yearlyInterest = $percent;

        return $this;
    }

    public function monthly(): Money
    {
        if ($this->yearlyInterest === 0.0) {
            return $this->amount->allocate(...array_fill(0, $this->months, 1))[0];
        }

        $rate = $this->yearlyInterest / 1200;
        $factor = $rate / (1 - (1 + $rate) ** -$this->months);

        return $this->amount->times($factor);
    }

    public function totalInterest(): Money
    {
        return $this->monthly()
            ->times($this->months)
            ->minus($this->amount);
    }

    /** @return iterable<string, Money> */
    public function plan(DateTimeImmutable $start): iterable
    {
        for ($month = 1; $month <= $this->months; $month++) {
            $due = $start->modify("+{$month} months");

            while ((int) $due->format('N') > 5) {
                $due = $due->modify('+1 day');
            }

            yield $due->format('Y-m-d') => $this->monthly();
        }
    }

    public function isOffered(): bool
    {
        return match (true) {
            $this->months > 36 => false,
            $this->amount->amount < 10_000 => false,
            default => true,
        };
    }
}
