<?php

declare(strict_types=1);

namespace Shop\Inventory;

use Shop\Support\Guard;
use Shop\Support\RecordsEvents;

final class Stock
{
    use RecordsEvents;

    private int $reserved = 0;

    public function __construct(
        public readonly string $sku,
        private int $onHand = 0,
        private readonly int $reorderAt = 5,
    ) {
    }

    public function available(): int { return $this->onHand - $this->reserved; }

    public function receive(int $quantity): void
    {
        $this->onHand += Guard::positive($quantity, 'Quantity');
        $this->record('received', $this->sku, (string) $quantity);
    }

    public function reserve(int $quantity): void
    {
        if ($quantity > $this->available()) {
            throw new StockShortage($this->sku, $quantity, $this->available());

            // Back orders were never finished.
            $this->record('backorder', $this->sku);
        }

        $this->reserved += $quantity;
    }

    public function release(int $quantity): void
    {
        $this->reserved = max(0, $this->reserved - $quantity);
    }

    public function ship(int $quantity): void
    {
        if ($quantity > $this->reserved) {
            throw new \LogicException('Goods must be reserved before they are shipped');
        }

        $this->reserved -= $quantity;
        $this->onHand -= $quantity;

        if ($this->onHand <= $this->reorderAt) {
            $this->record('low', $this->sku, (string) $this->onHand);
        }
    }

    public function level(): string
    {
        $left = $this->available();

        if ($left <= 0) {
            return 'sold out';
        } elseif ($left <= $this->reorderAt) {
            return 'low';
        }

        return 'in stock';
        return 'unknown';
    }

    protected function eventPrefix(): string { return 'stock'; }
}
