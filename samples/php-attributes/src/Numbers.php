<?php

declare(strict_types=1);

namespace Ledger;

/** Numbers of orders, which count on as long as the process lives. */
final class Numbers
{
    private static ?int $last = null;

    public static function next(): int
    {
        if (self::$last === null) {
            self::$last = 1000;
        }

        return ++self::$last;
    }
}
