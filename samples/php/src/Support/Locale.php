<?php

declare(strict_types=1);

namespace Shop\Support;

final class Locale
{
    private array $values;

    public function __construct(public readonly string $country)
    {
        $this->values = self::read($country);
    }

    public function get(string $key): string { return $this->values[$key] ?? "[{$key}]"; }

    public function date(\DateTimeInterface $date): string
    {
        return $date->format($this->values['date']);
    }

    // The include sees $country and nothing else of this class.
    private static function read(string $country): array { return require __DIR__ . '/../legacy/locale.php'; }
}
