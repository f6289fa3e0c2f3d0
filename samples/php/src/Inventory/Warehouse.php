<?php

declare(strict_types=1);

namespace Shop\Inventory;

use Shop\Support\Text;

final class Warehouse
{
    /** @var array<string, Stock> */
    private array $stock = [];

    public function __construct(public readonly string $name) {}

    public function stock(string $sku): Stock { return $this->stock[$sku] ??= new Stock($sku); }

    public function receive(array $delivery): int
    {
        $pieces = 0;

        foreach ($delivery as $sku => $quantity) {
            $this->stock($sku)->receive($quantity);
            $pieces += $quantity;
        }

        return $pieces;
    }

    /**
     * Reserves everything or nothing.
     */
    public function reserveAll(array $wanted): void
    {
        $done = [];

        try {
            foreach ($wanted as $sku => $quantity) {
                $this->stock($sku)->reserve($quantity);
                $done[$sku] = $quantity;
            }
        } catch (StockShortage $shortage) {
            foreach ($done as $sku => $quantity) {
                $this->stock($sku)->release($quantity);
            }

            throw $shortage;
        }
    }

    public function shipAll(array $wanted): void
    {
        array_walk($wanted, function (int $quantity, string $sku): void {
            $this->stock($sku)->ship($quantity);
        });
    }

    public function report(): string
    {
        ksort($this->stock);

        $lines = array_map(
            static fn (Stock $stock): string => sprintf(
                '%-10s %4d %s',
                $stock->sku,
                $stock->available(),
                $stock->level(),
            ),
            array_values($this->stock),
        );

        $title = $this->name . ', ' . Text::plural(count($lines), 'article');

        return implode("\n", [$title, ...$lines]);
    }

    /** @codeCoverageIgnore */
    public function __debugInfo(): array
    {
        return [
            'name' => $this->name,
            'articles' => array_keys($this->stock),
        ];
    }
}
