<?php

declare(strict_types=1);

namespace Shop\Support;

use Closure;
use Countable;
use Generator;
use IteratorAggregate;
use UnderflowException;

/**
 * @template T
 */
final class Collection implements Countable, IteratorAggregate
{
    /** @param list<T> $items */
    public function __construct(private array $items = []) {}

    public static function of(mixed ...$items): self { return new self(array_values($items)); }

    public function count(): int { return count($this->items); }

    public function all(): array { return $this->items; }

    public function getIterator(): Generator
    {
        foreach ($this->items as $item) {
            yield $item;
        }
    }

    public function map(callable $change): self
    {
        return new self(array_map($change, $this->items));
    }

    public function filter(?callable $keep = null): self
    {
        $keep ??= static fn (mixed $item): bool => (bool) $item;

        return new self(array_values(array_filter($this->items, $keep)));
    }

    public function first(): mixed
    {
        if ($this->items === []) {
            throw new UnderflowException('The collection is empty');
        }

        return $this->items[0];
    }

    public function chunks(int $size): Generator
    {
        $chunk = [];

        foreach ($this->items as $item) {
            $chunk[] = $item;

            if (count($chunk) === $size) {
                yield $chunk;
                $chunk = [];
            }
        }

        if ($chunk !== []) {
            yield $chunk;
        }
    }

    public function groupBy(callable $key): array
    {
        $groups = [];

        foreach ($this as $item) {
            $groups[$key($item)][] = $item;
        }

        ksort($groups);

        return $groups;
    }

    public function sortedBy(callable $key, bool $descending = false): self
    {
        $items = $this->items;

        usort($items, function (mixed $left, mixed $right) use ($key, $descending): int {
            $order = $key($left) <=> $key($right);

            if ($descending) {
                return -$order;
            }

            return $order;
        });

        return new self($items);
    }

    /**
     * Glues steps together so that the result of one is the input of the next.
     */
    public static function pipe(Closure ...$steps): Closure
    {
        return static function (mixed $value) use ($steps): mixed {
            foreach ($steps as $step) {
                $value = $step($value);
            }

            return $value;
        };
    }
}
