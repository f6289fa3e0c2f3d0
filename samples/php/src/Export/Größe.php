<?php

declare(strict_types=1);

namespace Shop\Export;

/**
 * Clothing sizes as the German partner shop wants them.
 */
enum Größe: int
{
    case Klein = 36;
    case Mittel = 40;
    case Groß = 44;

    public static function ausBuchstabe(string $letter): self
    {
        return match ($letter) {
            'S' => self::Klein,
            'M' => self::Mittel,
            'L' => self::Groß,
        };
    }

    public function international(): string { return ['S', 'M', 'L'][intdiv($this->value - 36, 4)]; }

    public function inZoll(): float
    {
        return round($this->value * 0.75, 1);
    }
}
