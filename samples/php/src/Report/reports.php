<?php

declare(strict_types=1);

namespace Shop\Report {

    use Shop\Money\Money;

    final class SalesReport
    {
        private array $rows = [];

        public function __construct(private readonly string $title) {}

        public function add(string $day, Money $amount): self
        {
            $this->rows[$day] = isset($this->rows[$day])
                ? $this->rows[$day]->plus($amount)
                : $amount;

            return $this;
        }

        public function rows(): array { return $this->rows; }

        public function bestDay(): ?string
        {
            $best = null;

            foreach ($this->rows as $day => $amount) {
                if ($best === null || $amount->compareTo($this->rows[$best]) > 0) {
                    $best = $day;
                }
            }

            return $best;
        }

        public function render(Format\Renderer $renderer): string
        {
            ksort($this->rows);

            return $renderer->render($this->title, array_map(
                static fn (Money $amount): string => $amount->format(),
                $this->rows,
            ));
        }
    }

    function growth(Money $before, Money $after): ?float
    {
        if ($before->isZero()) {
            return null;
        }

        return round(100 * ($after->amount - $before->amount) / $before->amount, 1);
    }
}

namespace Shop\Report\Format {

    interface Renderer
    {
        public function render(string $title, array $rows): string;
    }

    final class PlainText implements Renderer
    {
        public function render(string $title, array $rows): string
        {
            $text = $title . "\n" . underline($title);

            foreach ($rows as $key => $value) {
                $text .= sprintf("\n%-12s%12s", $key, $value);
            }

            return $text;
        }
    }

    final class Markdown implements Renderer
    {
        public function render(string $title, array $rows): string
        {
            $lines = ["## {$title}", '', '| day | sales |', '| --- | ---: |'];

            foreach ($rows as $key => $value) {
                $lines[] = "| {$key} | {$value} |";
            }

            return implode("\n", $lines);
        }

        public function extension(): string { return 'md'; }
    }

    function underline(string $title): string { return str_repeat('=', strlen($title)); }

    function boxed(string $title): string
    {
        $bar = '+' . str_repeat('-', strlen($title) + 2) . '+';

        return "{$bar}\n| {$title} |\n{$bar}";
    }
}
