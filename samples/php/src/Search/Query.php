<?php

declare(strict_types=1);

namespace Shop\Search;

/**
 * "red shoe -boot max:50" in a structured form.
 */
final class Query
{
    /** @var list<string> */
    public array $words = [];

    /** @var list<string> */
    public array $without = [];

    /** @var array<string, string> */
    public array $filters = [];

    private function __construct()
    {
    }

    public static function parse(string $input): self
    {
        $query = new self();

        foreach (preg_split('/\s+/', trim($input), -1, PREG_SPLIT_NO_EMPTY) as $part) {
            match (true) {
                str_contains($part, ':') => $query->filter($part),
                $part[0] === '-' => $query->without[] = substr($part, 1),
                default => $query->words[] = $part,
            };
        }

        return $query;
    }

    public function isEmpty(): bool { return $this->words === [] && $this->filters === []; }

    public function max(): ?int
    {
        if (!isset($this->filters['max'])) {
            return null;
        }

        return 100 * (int) $this->filters['max'];
    }

    public function __toString(): string
    {
        $excluded = array_map(static fn (string $word): string => '-' . $word, $this->without);
        $filters = array_map(
            static fn (string $name, string $value): string => "{$name}:{$value}",
            array_keys($this->filters),
            $this->filters,
        );

        return implode(' ', [...$this->words, ...$excluded, ...$filters]);
    }

    private function filter(string $part): void
    {
        [$name, $value] = explode(':', $part, 2);
        $this->filters[strtolower($name)] = $value;
    }
}
