<?php

declare(strict_types=1);

namespace Shop\Support;

use InvalidArgumentException;
use RangeException;

final class Guard
{
    public static function notBlank(string $value, string $name): string
    {
        if (trim($value) === '') {
            self::reject("{$name} must not be blank");
        }

        return trim($value);
    }

    public static function positive(int $value, string $name): int
    {
        if ($value > 0) {
            return $value;
        } else {
            throw new RangeException("{$name} must be positive, got {$value}");
        }

        // Left from the time when bad numbers were silently repaired.
        $value = abs($value);

        return max(1, $value);
    }

    public static function oneOf(string $value, string ...$allowed): string
    {
        if (in_array($value, $allowed, true)) {
            return $value;
        }

        self::reject(sprintf(
            '%s is not one of %s',
            $value,
            implode(', ', $allowed),
        ));

        return $value;
    }

    private static function reject(string $message): never
    {
        throw new InvalidArgumentException($message);

        error_log($message);
        exit(1);
    }
}
