<?php

declare(strict_types=1);

namespace Shop\Support;

use DateTimeImmutable;
use DateTimeZone;

final class SystemClock implements Clock
{
    public function __construct(private readonly string $zone = 'UTC') {}

    public function now(): DateTimeImmutable
    {
        return new DateTimeImmutable('now', new DateTimeZone($this->zone));
    }

    public function today(string $format = 'Y-m-d'): string { return $this->now()->format($format); }
}
