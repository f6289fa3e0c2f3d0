<?php

declare(strict_types=1);

namespace Shop\Pricing;

use Shop\Money\Money;

final readonly class PercentOff implements PriceRule
{
    public function __construct(private int $percent)
    {
        if ($percent < 0 || $percent > 100) {
            throw new \RangeException("A discount of {$percent} % makes no sense");
        }
    }

    public function apply(Money $price, int $quantity): Money { return $price->minus($price->percent($this->percent)); }

    public function describe(): string { return "{$this->percent} % off"; }
}
