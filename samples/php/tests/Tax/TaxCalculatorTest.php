<?php

declare(strict_types=1);

namespace Shop\Tests\Tax;

use PHPUnit\Framework\TestCase;
use Shop\Money\Currency;
use Shop\Money\Money;
use Shop\Money\Rounding;
use Shop\Tax\TaxCalculator;
use Shop\Tax\TaxClass;

final class TaxCalculatorTest extends TestCase
{
    /** @dataProvider rates */
    public function testOnTop(string $country, TaxClass $class, int $expected): void
    {
        self::assertSame($expected, TaxCalculator::forCountry($country)->onTop(Money::of(10_000), $class)->amount);
    }

    public function rates(): array
    {
        return [
            ['DE', TaxClass::Standard, 1900],
            ['DE', TaxClass::Reduced, 700],
            ['DE', TaxClass::Exempt, 0],
            ['AT', TaxClass::Standard, 2000],
            ['FR', TaxClass::Reduced, 550],
            ['US', TaxClass::Standard, 0],
        ];
    }

    public function testIncluded(): void
    {
        self::assertSame(1900, TaxCalculator::forCountry('DE')->included(Money::of(11_900), TaxClass::Standard)->amount);
    }

    public function testGross(): void
    {
        self::assertSame(1070, TaxCalculator::forCountry('DE')->gross(Money::of(1000), TaxClass::Reduced)->amount);
    }

    /** @dataProvider roundings */
    public function testRoundingIsAChoice(Rounding $rounding, int $expected): void
    {
        $calculator = new TaxCalculator('DE', $rounding);

        self::assertSame($expected, $calculator->onTop(Money::of(50), TaxClass::Standard)->amount);
    }

    public function roundings(): array
    {
        return [
            'half up' => [Rounding::HalfUp, 10],
            'down' => [Rounding::Down, 9],
            'up' => [Rounding::Up, 10],
        ];
    }

    public function testSplitsByClass(): void
    {
        $taxes = TaxCalculator::forCountry('DE')->split([
            [Money::of(1000), TaxClass::Standard],
            [Money::of(2000), TaxClass::Reduced],
            [Money::of(3000), TaxClass::Standard],
        ]);

        self::assertSame(['Reduced', 'Standard'], array_keys($taxes));
        self::assertSame(140, $taxes['Reduced']->amount);
        self::assertSame(760, $taxes['Standard']->amount);
    }

    public function testLabel(): void
    {
        self::assertSame('reduced rate', TaxClass::Reduced->label());
    }

    public function testRefundsAreShownInBrackets(): void
    {
        self::assertSame('(1.90 EUR)', Money::of(190)->negated()->accounting());
        self::assertSame('1.90 EUR', Money::of(190)->accounting());
    }

    /** @dataProvider currencies */
    public function testCurrencyOfACountry(string $country, Currency $currency, string $symbol): void
    {
        self::assertSame($currency, Currency::forCountry($country));
        self::assertSame($symbol, $currency->symbol());
    }

    public function currencies(): array
    {
        return [
            ['de', Currency::Euro, '€'],
            ['GB', Currency::Pound, '£'],
            ['jp', Currency::Yen, '¥'],
        ];
    }
}
