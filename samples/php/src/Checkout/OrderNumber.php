<?php

declare(strict_types=1);

namespace Shop\Checkout;

use Shop\Support\Clock;

/**
 * Year, month, running number and a check digit: 2403-00042-7.
 */
final readonly class OrderNumber
{
    private function __construct(public string $value) {}

    public static function issue(Clock $clock, int $serial): self
    {
        $body = $clock->today('ym') . '-' . str_pad((string) $serial, 5, '0', STR_PAD_LEFT);

        return new self($body . '-' . self::checkDigit($body));
    }

    public static function isValid(string $number): bool
    {
        if (!preg_match('/^(\d{4}-\d{5})-(\d)$/', $number, $match)) {
            return false;
        }

        return self::checkDigit($match[1]) === (int) $match[2];
    }

    public function serial(): int { return (int) substr($this->value, 5, 5); }

    private static function checkDigit(string $body): int
    {
        $sum = 0;

        foreach (str_split(str_replace('-', '', $body)) as $position => $digit) {
            $sum += (int) $digit * ($position % 2 === 0 ? 3 : 1);
        }

        return (10 - $sum % 10) % 10;
    }
}
