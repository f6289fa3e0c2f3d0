<?php

declare(strict_types=1);

namespace Shop\Money;

enum Rounding
{
    case HalfUp;
    case HalfEven;
    case Down;
    case Up;

    public function apply(int|float $value): int
    {
        switch ($this) {
            case self::HalfUp:
                return (int) round($value);
            case self::HalfEven:
                return (int) round($value, 0, PHP_ROUND_HALF_EVEN);
            case self::Down:
                return (int) floor($value);
            case self::Up:
                return (int) ceil($value);
        }
    }
}
