<?php

declare(strict_types=1);

namespace Ledger\Tests\Money;

use Ledger\Currency;
use PHPUnit\Framework\Attributes\DataProviderExternal;
use PHPUnit\Framework\Attributes\RunInSeparateProcess;
use PHPUnit\Framework\TestCase;

use function Ledger\money;

require_once __DIR__ . '/Countries.php';

final class CurrencyTest extends TestCase
{
    #[DataProviderExternal(Countries::class, 'all')]
    public function testOfCountry(string $country, Currency $currency): void
    {
        self::assertSame($currency, Currency::ofCountry($country));
    }

    #[RunInSeparateProcess]
    public function testInAProcessOfItsOwn(): void
    {
        self::assertSame(0, Currency::Yen->digits());
    }

    public function testIsParsed(): void
    {
        class_exists(\Ledger\Money::class);
        self::assertSame(1250, money('12.50 EUR')->minor);
    }

    public function testIsSkipped(): void
    {
        self::markTestSkipped('there is no exchange');
    }
}
