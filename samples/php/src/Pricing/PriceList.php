<?php

declare(strict_types=1);

namespace Shop\Pricing;

use Shop\Catalog\Product;
use Shop\Money\Money;

final class PriceList
{
    /** @var list<PriceRule> */
    private array $rules = [];

    public function with(PriceRule ...$rules): static
    {
        $copy = clone $this;
        array_push($copy->rules, ...$rules);

        return $copy;
    }

    public function unitPrice(Product $product, int $quantity = 1): Money
    {
        return array_reduce(
            $this->rules,
            static fn (Money $price, PriceRule $rule): Money => $rule->apply($price, $quantity),
            $product->price,
        );
    }

    public function total(Product $product, int $quantity): Money
    {
        return $this
            ->unitPrice($product, $quantity)
            ->times($quantity);
    }

    public function explain(): string
    {
        return match (count($this->rules)) {
            0 => 'List price',
            1 => $this->rules[0]->describe(),
            default => implode('; ', array_map(
                static fn (PriceRule $rule): string => $rule->describe(),
                $this->rules,
            )),
        };
    }

    public function best(Product $product, int $quantity): ?PriceRule
    {
        $best = null;
        $lowest = $product->price;

        foreach ($this->rules as $rule) {
            $price = $rule->apply($product->price, $quantity);

            if ($price->compareTo($lowest) < 0) {
                [$best, $lowest] = [$rule, $price];
            }
        }

        return $best;
    }
}
