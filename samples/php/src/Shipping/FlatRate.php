<?php

declare(strict_types=1);

namespace Shop\Shipping;

use Shop\Money\Money;

final class FlatRate extends Rate
{
    public function __construct(private readonly int $cents, private readonly int $maxGrams = 31_500) {}

    public function accepts(
        Parcel $parcel,
        Zone $zone,
    ): bool {
        return $parcel->grams <= $this->maxGrams && $zone !== Zone::World;
    }

    protected function base(Parcel $parcel, Zone $zone): Money { return Money::of($this->cents); }
}
