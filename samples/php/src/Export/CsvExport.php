<?php

declare(strict_types=1);

namespace Shop\Export;

final class CsvExport
{
    public function __construct(private readonly string $separator = ';') {}

    public function export(array $header, iterable $rows): string
    {
        $lines = [$this->line($header)];

        foreach ($rows as $row) {
            $lines[] = $this->line($row);
        }

        return implode("\r\n", $lines) . "\r\n";
    }

    private function line(array $cells): string { return implode($this->separator, array_map($this->cell(...), $cells)); }

    private function cell(mixed $value): string
    {
        $text = match (true) {
            is_bool($value) => $value ? 'yes' : 'no',
            is_float($value) => number_format($value, 2, ',', ''),
            $value === null => '',
            default => (string) $value,
        };

        if (strpbrk($text, "\"\n" . $this->separator) !== false) {
            return '"' . str_replace('"', '""', $text) . '"';
        }

        return $text;
    }
}
