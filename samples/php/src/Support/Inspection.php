<?php

declare(strict_types=1);

namespace Shop\Support;

/**
 * Loaded by hand: a class, the trait it shares, and a second class.
 */
final class Inspection
{
    use CollectsFindings;

    public function __construct(
        private readonly string $subject,
        private readonly int $limit = 3,
    ) {}

    public function passed(): bool { return $this->findings === []; }

    public function summary(): string
    {
        if ($this->passed()) {
            return "{$this->subject}: fine";
        }

        $shown = array_slice($this->findings, 0, $this->limit);

        return $this->subject . ': ' . implode('; ', $shown);
    }
}

trait CollectsFindings
{
    private array $findings = [];

    public function expect(bool $condition, string $finding): static
    {
        if (!$condition) {
            $this->findings[] = $finding;
        }

        return $this;
    }

    public function findings(): array { return $this->findings; }

    public function forget(): void
    {
        $this->findings = [];
    }
}

final class StrictInspection
{
    use CollectsFindings;

    public function assertClean(): int
    {
        if ($this->findings !== []) {
            throw new \DomainException($this->findings[0]);
        }

        return 0;
    }

    public function name(): string { return 'strict'; }
}
