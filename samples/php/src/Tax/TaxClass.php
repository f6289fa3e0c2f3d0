<?php

declare(strict_types=1);

namespace Shop\Tax;

use Shop\Support\HasLabel;

enum TaxClass implements HasLabel
{
    case Standard;
    case Reduced;
    case Exempt;

    public function rate(string $country): float
    {
        if ($this === self::Exempt) {
            return 0.0;
        }

        [$standard, $reduced] = match ($country) {
            'DE' => [19.0, 7.0],
            'AT' => [20.0, 10.0],
            'FR' => [20.0, 5.5],
            'GB' => [20.0, 5.0],
            default => [0.0, 0.0],
        };

        return $this === self::Standard ? $standard : $reduced;
    }

    public function label(): string { return strtolower($this->name) . ' rate'; }
}
