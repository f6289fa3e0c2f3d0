<?php

declare(strict_types=1);

namespace Shop\Admin;

use Shop\Money\Money;
use Shop\Support\Clock;
use Shop\Support\Text;

final class Dashboard
{
    private array $tiles = [];

    public function __construct(
        private readonly Clock $clock,
    ) {
    }

    public function sales(Money ...$orders): self
    {
        $total = $orders === []
            ? Money::zero()
            : Money::sum(...$orders);

        $this->tiles['Sales'] = $total->format();
        $this->tiles['Orders'] = Text::plural(count($orders), 'order');

        return $this;
    }

    public function render(): string
    {
        $html = <<<HTML
            <h1>Dashboard</h1>
            <p>{$this->clock->today()}</p>
            HTML;

        foreach ($this->tiles as $title => $value) {
            $html .= "\n<div><b>{$title}</b> {$value}</div>";
        }

        return $html;
    }

    public function isEmpty(): bool { return $this->tiles === []; }
}
