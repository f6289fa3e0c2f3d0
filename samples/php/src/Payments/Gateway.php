<?php

declare(strict_types=1);

namespace Shop\Payments;

use Shop\Money\Money;

abstract class Gateway implements PaymentMethod
{
    /** @var list<array{string, int}> */
    private array $log = [];

    final public function pay(Money $amount, string $reference): bool
    {
        if ($amount->isZero()) {
            return true;
        }

        $this->before($amount, $reference);
        $done = $this->charge($amount->plus($this->fee($amount)), $reference);
        $this->log[] = [$reference, $done ? $amount->amount : 0];

        return $done;
    }

    abstract protected function charge(
        Money $amount,
        string $reference,
    ): bool;

    public function fee(Money $amount): Money { return $amount->times(0); }

    public function log(): array { return $this->log; }

    public function turnover(): int { return array_sum(array_column($this->log, 1)); }

    public function refund(Money $amount): never
    {
        throw new \BadMethodCallException("{$this->name()} cannot give {$amount->format()} back");
    }

    protected function before(Money $amount, string $reference): void
    {
    }
}
