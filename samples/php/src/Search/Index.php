<?php

declare(strict_types=1);

namespace Shop\Search;

use Shop\Catalog\Product;

final class Index
{
    /** @var array<string, array<string, int>> word => article => hits */
    private array $words = [];

    /** @var array<string, Product> */
    private array $products = [];

    public function __construct(private readonly Tokenizer $tokenizer) {}

    public function add(Product $product): void
    {
        $sku = $product->sku->code;
        $this->products[$sku] = $product;

        foreach ($this->tokenizer->tokens($product->name) as $token) {
            $this->words[$token][$sku] = ($this->words[$token][$sku] ?? 0) + 1;
        }
    }

    /** @return list<string> article numbers, best first */
    public function find(Query $query): array
    {
        $scores = [];

        foreach ($this->tokens($query->words) as $token) {
            foreach ($this->words[$token] ?? [] as $sku => $hits) {
                $scores[$sku] = ($scores[$sku] ?? 0) + $hits;
            }
        }

        foreach ($this->tokens($query->without) as $token) {
            $scores = array_diff_key($scores, $this->words[$token] ?? []);
        }

        if (($max = $query->max()) !== null) {
            $scores = array_filter(
                $scores,
                fn (string $sku): bool => $this->products[$sku]->price->amount <= $max,
                ARRAY_FILTER_USE_KEY,
            );
        }

        uksort(
            $scores,
            static fn (string $left, string $right): int => [$scores[$right], $left] <=> [$scores[$left], $right],
        );

        return array_keys($scores);
    }

    /** @return list<string> */
    public function complete(string $prefix): array
    {
        $words = array_filter(
            array_keys($this->words),
            static fn (string|int $word): bool => str_starts_with((string) $word, $prefix),
        );

        sort($words);

        return array_values($words);
    }

    public function size(): int { return count($this->words); }

    private function tokens(array $words): iterable
    {
        yield from $this->tokenizer->tokens(implode(' ', $words));
    }
}
