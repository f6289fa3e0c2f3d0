<?php

declare(strict_types=1);

namespace Shop\Inventory;

use RuntimeException;

final class StockShortage extends RuntimeException
{
    public function __construct(
        public readonly string $sku,
        public readonly int $wanted,
        public readonly int $available,
    ) {
        parent::__construct("Only {$available} of {$sku} left, {$wanted} wanted");
    }

    public function missing(): int { return $this->wanted - $this->available; }
}
