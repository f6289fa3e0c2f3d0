<?php

declare(strict_types=1);

namespace Shop\Listing;

use Closure;
use Shop\Catalog\Product;
use Shop\Support\Collection;

enum SortOrder: string
{
    case Name = 'name';
    case PriceUp = 'price';
    case PriceDown = '-price';
    case Weight = 'weight';

    public static function fromQuery(?string $query): self { return self::tryFrom((string) $query) ?? self::Name; }

    public function sort(Collection $products): Collection
    {
        return $products->sortedBy($this->key(), $this === self::PriceDown);
    }

    private function key(): Closure
    {
        return match ($this) {
            self::Name => static fn (Product $product): string => $product->name,
            self::PriceUp, self::PriceDown => static fn (Product $product): int => $product->price->amount,
            self::Weight => static fn (Product $product): int => $product->weight(),
        };
    }
}
