<?php

declare(strict_types=1);

namespace Shop\Catalog;

use Generator;

final class Category
{
    /** @var list<self> */
    private array $children = [];

    public function __construct(
        public readonly string $name,
        private ?self $parent = null,
    ) {
    }

    public function add(string $name): self
    {
        return $this->children[] = new self($name, $this);
    }

    public function isRoot(): bool { return $this->parent === null; }

    public function isLeaf(): bool { return $this->children === []; }

    public function path(string $glue = ' > '): string
    {
        if ($this->parent === null) {
            return $this->name;
        }

        return $this->parent->path($glue) . $glue . $this->name;
    }

    public function depth(): int
    {
        for ($depth = 0, $node = $this; !$node->isRoot(); $depth++) {
            $node = $node->parent;
        }

        return $depth;
    }

    /** @return Generator<int, self> */
    public function walk(): Generator
    {
        yield $this;

        foreach ($this->children as $child) {
            yield from $child->walk();
        }
    }

    public function find(string $name): ?self
    {
        foreach ($this->walk() as $category) {
            if ($category->name === $name) {
                return $category;
            }
        }

        return null;
    }

    public function move(self $newParent): void
    {
        foreach ($this->walk() as $below) {
            if ($below === $newParent) {
                throw new \LogicException('A category cannot be moved below itself');
            }
        }

        $this->parent->children = array_values(array_filter(
            $this->parent->children,
            fn (self $child): bool => $child !== $this,
        ));

        $newParent->children[] = $this;
        $this->parent = $newParent;
    }
}
