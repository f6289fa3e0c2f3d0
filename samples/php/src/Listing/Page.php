<?php

declare(strict_types=1);

namespace Shop\Listing;

final readonly class Page
{
    public function __construct(
        public array $items,
        public int $number,
        public int $pages,
    ) {
    }

    public function isFirst(): bool { return $this->number === 1; }
    public function isLast(): bool { return $this->number >= $this->pages; }
    public function next(): int { return min($this->pages, $this->number + 1); }
    public function previous(): int { return max(1, $this->number - 1); }
}
