<?php

declare(strict_types=1);

namespace Shop\Cart;

use Shop\Catalog\Product;
use Shop\Money\Money;

final readonly class CartLine
{
    public function __construct(public Product $product, public int $quantity) {}

    public function total(): Money { return $this->product->price->times($this->quantity); }

    public function weight(): int { return $this->product->weight() * $this->quantity; }

    public function more(int $quantity): self { return new self($this->product, $this->quantity + $quantity); }

    public function __toString(): string { return "{$this->quantity} x {$this->product->name}"; }
}
