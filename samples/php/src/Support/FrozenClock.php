<?php

declare(strict_types=1);

namespace Shop\Support;

use DateTimeImmutable;
use DateTimeZone;

final class FrozenClock implements Clock
{
    private DateTimeImmutable $now;

    public function __construct(string $now)
    {
        $this->now = new DateTimeImmutable($now, new DateTimeZone('UTC'));
    }

    public function now(): DateTimeImmutable { return $this->now; }

    public function today(string $format = 'Y-m-d'): string { return $this->now->format($format); }

    public function advance(string $step): void
    {
        $this->now = $this->now->modify($step);
    }

    public function daysUntil(string $date): int
    {
        $target = new DateTimeImmutable($date, $this->now->getTimezone());

        return (int) $this->now
            ->setTime(0, 0)
            ->diff($target->setTime(0, 0))
            ->format('%r%a');
    }

    public function isWeekend(): bool
    {
        return in_array($this->now->format('N'), ['6', '7'], true);
    }

    public function isBetween(string $from, string $until): bool
    {
        $zone = $this->now->getTimezone();

        return $this->now >= new DateTimeImmutable($from, $zone)
            && $this->now < new DateTimeImmutable($until, $zone);
    }
}
