<?php

declare(strict_types=1);

namespace Shop\Import;

use Generator;
use RuntimeException;
use UnexpectedValueException;

final class CsvReader
{
    /** @var list<string> */
    private array $header = [];

    public function __construct(
        private readonly string $separator = ';',
        private readonly bool $strict = true,
    ) {}

    /** @return Generator<int, array<string, string>> */
    public function rows(string $text): Generator
    {
        foreach (preg_split('/\R/', $text) as $number => $line) {
            if (trim($line) === '') {
                continue;
            }

            $cells = str_getcsv($line, $this->separator);

            if ($this->header === []) {
                $this->header = array_map(trim(...), $cells);
                continue;
            }

            yield $number + 1 => $this->combine($cells, $number + 1);
        }
    }

    public function file(string $path): Generator
    {
        if (!is_readable($path)) {
            throw new RuntimeException("Cannot read {$path}");
        }

        $text = file_get_contents($path);

        if (str_starts_with($text, "\xEF\xBB\xBF")) {
            $text = substr($text, 3);
        }

        if (!mb_check_encoding($text, 'UTF-8')) {
            $text = mb_convert_encoding($text, 'UTF-8', 'ISO-8859-1');
        }

        yield from $this->rows($text);
    }

    public function header(): array { return $this->header; }

    private function combine(array $cells, int $line): array
    {
        $missing = count($this->header) - count($cells);

        if ($missing === 0) {
            return array_combine($this->header, $cells);
        }

        if ($this->strict) {
            throw new UnexpectedValueException("Line {$line} does not fit the header");
        }

        if ($missing > 0) {
            $cells = array_pad($cells, count($this->header), '');
        } else {
            $cells = array_slice($cells, 0, count($this->header));
        }

        return array_combine($this->header, $cells);
    }
}
