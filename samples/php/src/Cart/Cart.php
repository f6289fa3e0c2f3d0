<?php

declare(strict_types=1);

namespace Shop\Cart;

use Countable;
use OverflowException;
use Shop\Catalog\Product;
use Shop\Money\Money;
use Shop\Support\Guard;
use Shop\Support\RecordsEvents;

class Cart implements Countable
{
    use RecordsEvents;

    /** @var array<string, CartLine> */
    private array $lines = [];

    private CartLimits $limits;

    public function __construct(?CartLimits $limits = null)
    {
        $this->limits = $limits ?? new class implements CartLimits {
            public function maxLines(): int
            {
                return 50;
            }

            public function maxQuantity(): int
            {
                return 99;
            }
        };
    }

    public function add(Product $product, int $quantity = 1): void
    {
        Guard::positive($quantity, 'Quantity');

        $key = $product->sku->code;
        $line = isset($this->lines[$key])
            ? $this->lines[$key]->more($quantity)
            : new CartLine($product, $quantity);

        if ($line->quantity > $this->limits->maxQuantity()) {
            throw new OverflowException("Too many of {$product->name}");
        }

        if (!isset($this->lines[$key]) && count($this->lines) >= $this->limits->maxLines()) {
            throw new OverflowException('The cart is full');
        }

        $this->lines[$key] = $line;
        $this->record('added', $key, (string) $quantity);
    }

    public function remove(string $sku): bool
    {
        if (!isset($this->lines[$sku])) {
            return false;
        }

        unset($this->lines[$sku]);
        $this->record('removed', $sku);

        return true;
    }

    public function clear(): void
    {
        $this->lines = [];
        $this->record('cleared');
    }

    public function count(): int { return array_sum(array_map(static fn (CartLine $line): int => $line->quantity, $this->lines)); }

    public function isEmpty(): bool { return $this->lines === []; }

    /** @return list<CartLine> */
    public function lines(): array { return array_values($this->lines); }

    public function total(): Money
    {
        return Money::sum(
            Money::zero(),
            ...array_map(
                static fn (CartLine $line): Money => $line->total(),
                $this->lines(),
            ),
        );
    }

    public function weight(): int
    {
        $grams = 0;

        foreach ($this->lines as $line) {
            $grams += $line->weight();
        }

        return $grams;
    }

    public function merge(self $other): void
    {
        foreach ($other->lines as $line) {
            $this->add($line->product, $line->quantity);
        }
    }

    protected function eventPrefix(): string { return 'cart'; }
}
