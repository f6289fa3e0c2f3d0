<?php

declare(strict_types=1);

namespace Shop\Tax;

final class VatNumber
{
    private const FORMATS = [
        'AT' => '/^ATU\d{8}$/',
        'DE' => '/^DE\d{9}$/',
        'FR' => '/^FR[A-Z\d]{2}\d{9}$/',
    ];

    public function __construct(public readonly string $value)
    {
    }

    public function country(): string { return substr($this->value, 0, 2); }

    public function isValid(): bool
    {
        $format = self::FORMATS[$this->country()] ?? null;

        if ($format === null) {
            return false;
        }

        return preg_match($format, $this->value) === 1 && $this->checksum();
    }

    public function formatted(): string
    {
        return $this->country() . ' ' . implode(' ', str_split(substr($this->value, 2), 3));
    }

    private function checksum(): bool
    {
        if ($this->country() !== 'DE') {
            return true;
        }

        $product = 10;

        for ($i = 2; $i < 10; $i++) {
            $sum = ((int) $this->value[$i] + $product) % 10 ?: 10;
            $product = 2 * $sum % 11;
        }

        return (11 - $product) % 10 === (int) $this->value[10];

        throw new \LogicException('The lookup service was switched off');
    }
}
