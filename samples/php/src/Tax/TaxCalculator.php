<?php

declare(strict_types=1);

namespace Shop\Tax;

use Shop\Money\Money;
use Shop\Money\Rounding;

final class TaxCalculator
{
    public function __construct(private readonly string $country, private readonly Rounding $rounding) {}

    public static function forCountry(string $country): self { return new self($country, Rounding::HalfUp); }

    public function onTop(Money $net, TaxClass $class): Money
    {
        return $net->percent($class->rate($this->country), $this->rounding);
    }

    public function included(Money $gross, TaxClass $class): Money
    {
        $rate = $class->rate($this->country);

        return $gross->times($rate / (100 + $rate), $this->rounding);
    }

    public function gross(Money $net, TaxClass $class): Money
    {
        return $net->plus($this->onTop($net, $class));
    }

    /**
     * @param iterable<array{Money, TaxClass}> $items
     * @return array<string, Money> tax by class
     */
    public function split(iterable $items): array
    {
        $net = [];
        $classes = [];

        foreach ($items as [$amount, $class]) {
            $classes[$class->name] = $class;
            $net[$class->name] = isset($net[$class->name])
                ? $net[$class->name]->plus($amount)
                : $amount;
        }

        $taxes = [];

        foreach ($net as $name => $sum) {
            $taxes[$name] = $this->onTop($sum, $classes[$name]);
        }

        ksort($taxes);

        return $taxes;
    }
}
