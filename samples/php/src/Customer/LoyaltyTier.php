<?php

declare(strict_types=1);

namespace Shop\Customer;

use Shop\Money\Money;
use Shop\Support\HasLabel;

enum LoyaltyTier: int implements HasLabel
{
    case None = 0;
    case Silver = 1;
    case Gold = 2;

    private const SILVER_FROM = 50_000;
    private const GOLD_FROM = 200_000;

    public static function forTurnover(Money $turnover): self
    {
        return match (true) {
            $turnover->amount >= self::GOLD_FROM => self::Gold,
            $turnover->amount >= self::SILVER_FROM => self::Silver,
            default => self::None,
        };
    }

    public function label(): string { return $this === self::None ? 'Guest' : $this->name . ' member'; }

    public function discount(): int
    {
        return $this->value * 3;
    }

    public function next(): ?self
    {
        return self::tryFrom($this->value + 1);
    }
}
