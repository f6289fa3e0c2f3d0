<?php

declare(strict_types=1);

namespace Shop\Shipping;

use Shop\Money\Money;

abstract class Rate
{
    private ?Money $freeFrom = null;

    abstract protected function base(Parcel $parcel, Zone $zone): Money;

    abstract public function accepts(
        Parcel $parcel,
        Zone $zone,
    ): bool;

    public function freeFrom(Money $amount): static
    {
        $this->freeFrom = $amount;

        return $this;
    }

    final public function price(Parcel $parcel, Zone $zone, Money $goods): Money
    {
        if (!$this->accepts($parcel, $zone)) {
            throw new \DomainException('This rate does not take the parcel');
        }

        if ($this->freeFrom !== null && $goods->isAtLeast($this->freeFrom)) {
            return Money::zero();
        }

        $price = $this->base($parcel, $zone);

        if ($parcel->isBulky()) {
            $price = $price->plus(Money::of(1500));
        }

        return $price;
    }

    public static function cheapest(
        Parcel $parcel,
        Zone $zone,
        Money $goods,
        self ...$rates,
    ): ?self {
        $fitting = array_filter($rates, static fn (self $rate): bool => $rate->accepts($parcel, $zone));

        usort($fitting, static function (self $left, self $right) use ($parcel, $zone, $goods): int {
            return $left
                ->price($parcel, $zone, $goods)
                ->compareTo($right->price($parcel, $zone, $goods));
        });

        return $fitting[0] ?? null;
    }
}
