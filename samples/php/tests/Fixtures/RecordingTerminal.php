<?php

declare(strict_types=1);

namespace Shop\Tests\Fixtures;

final class RecordingTerminal
{
    /** @var list<array{int, string}> */
    public array $calls = [];

    public function __construct(private readonly bool $accepts = true)
    {
    }

    public function __invoke(int $amount, string $reference): bool
    {
        $this->calls[] = [$amount, $reference];

        return $this->accepts;
    }
}
