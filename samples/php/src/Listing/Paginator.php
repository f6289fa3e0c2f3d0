<?php

declare(strict_types=1);

namespace Shop\Listing;

use Generator;
use Shop\Support\Collection;
use Shop\Support\Text;

final class Paginator
{
    public function __construct(
        private readonly Collection $items,
        private readonly int $perPage = 10,
    ) {
        if ($perPage < 1) {
            throw new \RangeException('A page needs room for at least one item');
        }
    }

    public function pages(): int
    {
        return max(1, (int) ceil(count($this->items) / $this->perPage));
    }

    public function page(int $number): Page
    {
        $number = min(max(1, $number), $this->pages());

        return new Page(
            array_slice(
                $this->items->all(),
                ($number - 1) * $this->perPage,
                $this->perPage,
            ),
            $number,
            $this->pages(),
        );
    }

    /** @return Generator<int, Page> */
    public function each(): Generator
    {
        $number = 0;

        foreach ($this->items->chunks($this->perPage) as $items) {
            yield ++$number => new Page($items, $number, $this->pages());
        }
    }

    /** @return list<int|null> page numbers, null where some are left out */
    public function window(int $current, int $around = 1): array
    {
        $shown = [];
        $gap = false;

        for ($page = 1, $last = $this->pages(); $page <= $last; $page++) {
            $near = abs($page - $current) <= $around;

            if ($near || $page === 1 || $page === $last) {
                $shown[] = $page;
                $gap = false;
            } elseif (!$gap) {
                $shown[] = null;
                $gap = true;
            }
        }

        return $shown;
    }

    public function summary(int $number): string
    {
        $page = $this->page($number);

        return Text::plural(count($this->items), 'item') . ", page {$page->number} of {$page->pages}";
    }
}
