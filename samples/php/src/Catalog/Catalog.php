<?php

declare(strict_types=1);

namespace Shop\Catalog;

use OutOfBoundsException;
use Shop\Money\Money;
use Shop\Support\Collection;

final class Catalog
{
    /** @var array<string, Product> */
    private array $products = [];

    public function add(Product ...$products): self
    {
        foreach ($products as $product) {
            $this->products[$product->sku->code] = $product;
        }

        return $this;
    }

    public function get(string $sku): Product
    {
        return $this->products[$sku]
            ?? throw new OutOfBoundsException("No article {$sku}");
    }

    public function has(string $sku): bool { return isset($this->products[$sku]); }

    public function size(): int { return count($this->products); }

    public function remove(string $sku): void
    {
        unset($this->products[$sku]);
    }

    public function list(): Collection
    {
        return (new Collection(array_values($this->products)))
            ->sortedBy(static fn (Product $product): string => $product->name);
    }

    public function between(Money $low, Money $high): Collection
    {
        return $this->list()
            ->filter(static fn (Product $product): bool => $product->price->isAtLeast($low))
            ->filter(static fn (Product $product): bool => $high->isAtLeast($product->price));
    }

    /** @return array<string, int> */
    public function families(): array
    {
        $groups = $this->list()->groupBy(
            static function (Product $product): string {
                return $product->sku->family();
            },
        );

        return array_map(count(...), $groups);
    }

    public function cheapest(): ?Product
    {
        $best = null;

        foreach ($this->products as $product) {
            if ($best === null || $product->isCheaperThan($best)) {
                $best = $product;
            }
        }

        return $best;
    }
}
