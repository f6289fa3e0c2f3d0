<?php

declare(strict_types=1);

namespace Shop\Money;

enum Currency: string
{
    case Euro = 'EUR';
    case Pound = 'GBP';
    case Yen = 'JPY';
    case Dinar = 'KWD';

    public function digits(): int
    {
        return match ($this) {
            self::Yen => 0,
            self::Dinar => 3,
            default => 2,
        };
    }

    public function symbol(): string
    {
        return match ($this) {
            self::Euro => '€',
            self::Pound => '£',
            self::Yen => '¥',
            self::Dinar => 'KD',
        };
    }

    public static function forCountry(string $country): self
    {
        return match (strtoupper($country)) {
            'GB' => self::Pound,
            'JP' => self::Yen,
            'KW' => self::Dinar,
            default => self::Euro,
        };
    }
}
