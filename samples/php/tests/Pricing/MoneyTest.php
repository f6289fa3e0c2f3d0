<?php

declare(strict_types=1);

namespace Shop\Tests\Pricing;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use Shop\Money\Currency;
use Shop\Money\CurrencyMismatch;
use Shop\Money\Money;
use Shop\Money\Rounding;

final class MoneyTest extends TestCase
{
    /** @dataProvider texts */
    public function testParses(string $text, int $amount, Currency $currency): void
    {
        $money = Money::parse($text);

        self::assertSame($amount, $money->amount);
        self::assertSame($currency, $money->currency);
    }

    public function texts(): array
    {
        return [
            ['12.50 EUR', 1250, Currency::Euro],
            ['GBP 3', 300, Currency::Pound],
            ['1,250 JPY', 1250, Currency::Yen],
            ['-0.125 KWD', -125, Currency::Dinar],
        ];
    }

    /** @dataProvider nonsense */
    public function testRejects(string $text): void
    {
        $this->expectException(InvalidArgumentException::class);

        Money::parse($text);
    }

    public function nonsense(): array
    {
        return [[''], ['EUR'], ['12.50'], ['12.50 XXX'], ['twelve EUR']];
    }

    /** @dataProvider formats */
    public function testFormats(int $amount, string $currency, string $expected): void
    {
        self::assertSame($expected, Money::of($amount, $currency)->format());
    }

    public function formats(): array
    {
        return [
            [0, 'EUR', '0.00 EUR'],
            [123456, 'EUR', '1,234.56 EUR'],
            [500, 'JPY', '500 JPY'],
            [1500, 'KWD', '1.500 KWD'],
        ];
    }

    public function testAddsAndSubtracts(): void
    {
        $sum = Money::of(1000)->plus(Money::of(250))->minus(Money::of(1));

        self::assertTrue($sum->equals(Money::of(1249)));
        self::assertTrue(Money::of(1)->minus(Money::of(2))->isNegative());
    }

    public function testDoesNotMixCurrencies(): void
    {
        $this->expectException(CurrencyMismatch::class);
        $this->expectExceptionMessage('Cannot mix EUR and GBP');

        Money::of(1)->plus(Money::of(1, 'GBP'));
    }

    /** @dataProvider shares */
    public function testAllocatesEveryCent(int $amount, array $weights, array $expected): void
    {
        $shares = Money::of($amount)->allocate(...$weights);

        self::assertSame($expected, array_map(static fn (Money $share): int => $share->amount, $shares));
    }

    public function shares(): array
    {
        return [
            [100, [1, 1], [50, 50]],
            [100, [1, 1, 1], [34, 33, 33]],
            [5, [3, 7], [2, 3]],
            [1, [1, 1, 1, 1], [1, 0, 0, 0]],
        ];
    }

    public function testAllocatesOnlyByWeight(): void
    {
        $this->expectException(InvalidArgumentException::class);

        Money::of(100)->allocate(0, 0);
    }

    /** @dataProvider roundings */
    public function testRounds(Rounding $rounding, float $value, int $expected): void
    {
        self::assertSame($expected, $rounding->apply($value));
    }

    public function roundings(): array
    {
        return [
            'half up' => [Rounding::HalfUp, 2.5, 3],
            'half even, down' => [Rounding::HalfEven, 2.5, 2],
            'half even, up' => [Rounding::HalfEven, 3.5, 4],
            'down' => [Rounding::Down, 2.9, 2],
        ];
    }

    public function testSums(): void
    {
        self::assertSame(60, Money::sum(Money::of(10), Money::of(20), Money::of(30))->amount);
    }
}
