<?php

declare(strict_types=1);

namespace Shop\Shipping;

enum Zone: string
{
    case Domestic = 'domestic';
    case Europe = 'europe';
    case World = 'world';

    public static function of(string $country): self
    {
        if ($country === 'DE') {
            return self::Domestic;
        }

        if (in_array($country, ['AT', 'BE', 'DK', 'ES', 'FR', 'IT', 'NL', 'PL'], true)) {
            return self::Europe;
        }

        return self::World;
    }

    public function days(): int
    {
        return match ($this) {
            self::Domestic => 2,
            self::Europe => 5,
            self::World => 14,
        };
    }
}
