<?php

declare(strict_types=1);

namespace Shop\Shipping;

use Shop\Support\Clock;

final class Tracking
{
    /** @var list<array{string, string}> */
    private array $events = [];

    public function __construct(private readonly Clock $clock, public readonly string $number) {}

    public function scan(string $place): void
    {
        $this->events[] = [$this->clock->now()->format('d.m. H:i'), $place];
    }

    public function last(): ?string
    {
        return $this->events === [] ? null : end($this->events)[1];
    }

    public function history(): iterable
    {
        foreach (array_reverse($this->events) as [$time, $place]) {
            yield "{$time} {$place}";
        }
    }

    public function url(string $carrier): string
    {
        switch ($carrier) {
            case 'post':
                $base = 'https://post.example/track/';
                break;
            case 'swift':
                $base = 'https://swift.example/t?n=';
                break;
            default:
                throw new \OutOfBoundsException("Unknown carrier {$carrier}");
                break;
        }

        return $base . rawurlencode($this->number);
    }
}
