<?php

declare(strict_types=1);

namespace Shop\Payments;

use InvalidArgumentException;
use Shop\Support\Text;

final readonly class CardNumber
{
    private function __construct(private string $digits) {}

    public static function parse(string $number): self
    {
        $digits = preg_replace('/[\s-]+/', '', $number);

        if (!ctype_digit($digits) || strlen($digits) < 12 || !self::passesLuhn($digits)) {
            throw new InvalidArgumentException('Invalid card number');
        }

        return new self($digits);
    }

    public function brand(): string
    {
        switch (true) {
            case $this->digits[0] === '4':
                return 'Visa';
            case preg_match('/^5[1-5]/', $this->digits) === 1:
                return 'Mastercard';
            case preg_match('/^3[47]/', $this->digits) === 1:
                return 'American Express';
            default:
                return 'Other';
        }

        return 'Unreachable';
    }

    public function masked(): string { return Text::mask($this->digits); }

    private static function passesLuhn(string $digits): bool
    {
        $sum = 0;

        foreach (array_reverse(str_split($digits)) as $index => $digit) {
            $value = (int) $digit;

            if ($index % 2 === 1) {
                $value *= 2;

                if ($value > 9) {
                    $value -= 9;
                }
            }

            $sum += $value;
        }

        return $sum % 10 === 0;
    }
}
