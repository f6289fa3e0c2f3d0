<?php

declare(strict_types=1);

namespace Shop\Support;

trait RecordsEvents
{
    /** @var list<string> */
    private array $events = [];

    abstract protected function eventPrefix(): string;

    /** @return list<string> */
    public function releaseEvents(): array
    {
        $events = $this->events;
        $this->events = [];

        return $events;
    }

    public function hasEvents(): bool { return $this->events !== []; }

    private function record(string $event, string ...$details): void
    {
        $line = $this->eventPrefix() . '.' . $event;

        if ($details !== []) {
            $line .= ': ' . implode(', ', $details);
        }

        $this->events[] = $line;
    }
}
