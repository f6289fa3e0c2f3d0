<?php

declare(strict_types=1);

namespace Shop\Payments;

use Shop\Money\Money;

interface PaymentMethod
{
    /** @return bool whether the money has arrived */
    public function pay(Money $amount, string $reference): bool;

    public function name(): string;
}
