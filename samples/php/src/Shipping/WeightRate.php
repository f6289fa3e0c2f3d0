<?php

declare(strict_types=1);

namespace Shop\Shipping;

use Shop\Money\Money;
use Shop\Money\Rounding;

final class WeightRate extends Rate
{
    private const PER_KILO = [
        'domestic' => 120,
        'europe' => 250,
        'world' => 900,
    ];

    public function accepts(
        Parcel $parcel,
        Zone $zone,
    ): bool {
        return true;
    }

    protected function base(Parcel $parcel, Zone $zone): Money
    {
        $kilos = Rounding::Up->apply($parcel->chargeableGrams() / 1000);

        return Money::of(290)->plus(
            Money::of(self::PER_KILO[$zone->value])
                ->times($kilos),
        );
    }
}
