<?php

declare(strict_types=1);

namespace Shop\Catalog;

use Shop\Money\Money;
use Shop\Support\Text;

abstract class Product
{
    /** @var array<string, string> */
    private array $attributes = [];

    public function __construct(
        public readonly Sku $sku,
        public readonly string $name,
        public readonly Money $price,
    ) {
    }

    abstract public function weight(): int;

    abstract public function deliveryNote(
        string $language,
        bool $short,
    ): string;

    public function needsShipping(): bool { return $this->weight() > 0; }

    public function slug(): string { return Text::slug($this->name) . '-' . strtolower($this->sku->code); }

    public function with(string $attribute, string $value): static
    {
        $copy = clone $this;
        $copy->attributes[$attribute] = $value;

        return $copy;
    }

    public function attribute(string $name, ?string $default = null): ?string
    {
        return $this->attributes[$name] ?? $default;
    }

    /** @return iterable<string, string> */
    public function attributes(): iterable
    {
        $names = array_keys($this->attributes);
        sort($names);

        foreach ($names as $name) {
            yield Text::camel($name) => $this->attributes[$name];
        }
    }

    public function isCheaperThan(self $other): bool
    {
        return $this->price->compareTo($other->price) < 0;
    }
}
