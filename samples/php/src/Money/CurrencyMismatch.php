<?php

declare(strict_types=1);

namespace Shop\Money;

use LogicException;

final class CurrencyMismatch extends LogicException
{
    public static function between(Currency $left, Currency $right): self
    {
        return new self(sprintf('Cannot mix %s and %s', $left->value, $right->value));
    }
}
