<?php

declare(strict_types=1);

namespace Shop\Report;

final class Chart
{
    /** @var array<string, float> */
    private array $values = [];

    public function __construct(private readonly int $width = 40) {}

    public function add(string $label, float $value): self
    {
        $this->values[$label] = $value;

        return $this;
    }

    public function bars(): string
    {
        $most = max([1, ...array_values($this->values)]);
        $lines = [];

        foreach ($this->values as $label => $value) {
            $length = (int) round($this->width * $value / $most);
            $lines[] = sprintf('%-12s %s %s', $label, str_repeat('#', $length), $value);
        }

        return implode("\n", $lines);
    }

    public function svg(): string
    {
        $x = 0;
        $shapes = '';

        foreach ($this->values as $label => $value) {
            $shapes .= sprintf(
                '<rect x="%d" y="%d" width="18" height="%d"><title>%s</title></rect>',
                $x,
                100 - $value,
                $value,
                htmlspecialchars($label),
            );
            $x += 20;
        }

        return <<<SVG
            <svg xmlns="http://www.w3.org/2000/svg" width="{$x}" height="100">
                {$shapes}
            </svg>
            SVG;
    }

    public function average(): ?float
    {
        if ($this->values === []) {
            return null;
        }

        return array_sum($this->values) / count($this->values);
    }

    public function trend(): string
    {
        $values = array_values($this->values);
        $ups = 0;

        for ($i = 1; $i < count($values); $i++) {
            $ups += $values[$i] <=> $values[$i - 1];
        }

        if ($ups > 0) {
            return 'up';
        } elseif ($ups < 0) {
            return 'down';
        } else {
            return 'flat';
        }

        return 'unknown';
    }
}
