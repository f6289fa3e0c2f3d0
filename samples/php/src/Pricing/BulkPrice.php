<?php

declare(strict_types=1);

namespace Shop\Pricing;

use Shop\Money\Money;
use Shop\Support\Text;

final class BulkPrice implements PriceRule
{
    /** @var array<int, int> smallest quantity => percent off */
    private array $steps;

    public function __construct(array $steps)
    {
        krsort($steps);
        $this->steps = $steps;
    }

    public static function standard(): self
    {
        return new self([
            10 => 5,
            50 => 10,
            100 => 15,
        ]);
    }

    public function apply(Money $price, int $quantity): Money
    {
        foreach ($this->steps as $from => $percent) {
            if ($quantity >= $from) {
                return (new PercentOff($percent))->apply($price, $quantity);
            }
        }

        return $price;
    }

    public function describe(): string
    {
        $parts = [];

        foreach (array_reverse($this->steps, true) as $from => $percent) {
            $parts[] = 'from ' . Text::plural($from, 'piece') . " {$percent} %";
        }

        return implode(', ', $parts);
    }
}
