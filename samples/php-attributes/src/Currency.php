<?php

declare(strict_types=1);

namespace Ledger;

enum Currency: string
{
    case Euro = 'EUR';
    case Yen = 'JPY';

    public function digits(): int
    {
        return match ($this) {
            self::Euro => 2,
            self::Yen => 0,
        };
    }

    public static function ofCountry(string $country): self
    {
        if ($country === 'JP') {
            return self::Yen;
        }

        return self::Euro;
    }
}
