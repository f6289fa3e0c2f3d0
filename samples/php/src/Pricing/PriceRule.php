<?php

declare(strict_types=1);

namespace Shop\Pricing;

use Shop\Money\Money;

interface PriceRule
{
    public function apply(Money $price, int $quantity): Money;

    public function describe(): string;
}
