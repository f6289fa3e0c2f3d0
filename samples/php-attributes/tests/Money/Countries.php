<?php

declare(strict_types=1);

namespace Ledger\Tests\Money;

use Ledger\Currency;

final class Countries
{
    public static function all(): array
    {
        return ['Japan' => ['JP', Currency::Yen], 'Spain' => ['ES', Currency::Euro]];
    }
}
