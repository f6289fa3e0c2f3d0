<?php

declare(strict_types=1);

namespace Shop\Inventory;

/**
 * Compares what the books say with what was counted on the shelves.
 */
final class StockTake
{
    private array $counted = [];

    public function __construct(private readonly Warehouse $warehouse) {}

    public function count(string $sku, int $pieces): self
    {
        $this->counted[$sku] = ($this->counted[$sku] ?? 0) + $pieces;

        return $this;
    }

    /** @return array<string, int> */
    public function differences(): array
    {
        $differences = [];

        foreach ($this->counted as $sku => $pieces) {
            $expected = $this->warehouse->stock($sku)->available();

            if ($pieces !== $expected) {
                $differences[$sku] = $pieces - $expected;
            }
        }

        return $differences;
    }

    public function verdict(): string
    {
        $off = array_sum(array_map(abs(...), $this->differences()));

        do {
            if ($off === 0) {
                $verdict = 'exact';
                break;
            }

            if ($off < 5) {
                $verdict = 'acceptable';
                break;
            }

            $verdict = 'count again';
        } while (false);

        return $verdict;
    }

    // @codeCoverageIgnoreStart
    public function dump(): void
    {
        foreach ($this->counted as $sku => $pieces) {
            echo $sku, "\t", $pieces, "\n";
        }
    }
    // @codeCoverageIgnoreEnd

    public function progress(int $expectedArticles): string
    {
        if ($expectedArticles === 0) {
            return '100 %';
        }

        return sprintf('%d %%', 100 * count($this->counted) / $expectedArticles);
    }
}
