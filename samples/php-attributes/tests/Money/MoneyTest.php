<?php

declare(strict_types=1);

namespace Ledger\Tests\Money;

use Ledger\Currency;
use Ledger\Money;
use PHPUnit\Framework\Attributes\CoversClass;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Depends;
use PHPUnit\Framework\Attributes\Test;
use PHPUnit\Framework\Attributes\TestDox;
use PHPUnit\Framework\Attributes\TestWith;
use PHPUnit\Framework\Attributes\UsesClass;
use PHPUnit\Framework\TestCase;

#[CoversClass(Money::class)]
#[UsesClass(Currency::class)]
final class MoneyTest extends TestCase
{
    #[Test]
    #[TestDox('it adds')]
    public function adds(): Money
    {
        $sum = (new Money(150, Currency::Euro))->add(new Money(250, Currency::Euro));
        self::assertSame(400, $sum->minor);

        return $sum;
    }

    #[Depends('adds')]
    public function testAddsToASum(Money $sum): void
    {
        self::assertSame(401, $sum->add(new Money(1, Currency::Euro))->minor());
    }

    public function testRefusesAnotherCurrency(): void
    {
        $this->expectException(\DomainException::class);
        Money::zero(Currency::Euro)->add(Money::zero(Currency::Yen));
    }

    /** @param list<int> $shares @param list<int> $parts */
    #[DataProvider('shares')]
    public function testAllocates(int $minor, array $shares, array $parts): void
    {
        $got = (new Money($minor, Currency::Euro))->allocate(...$shares);
        self::assertSame($parts, array_map(static fn (Money $m): int => $m->minor, $got));
    }

    public static function shares(): iterable
    {
        yield 'even' => [100, [1, 1], [50, 50]];
        yield 'a cent is left' => [100, [1, 1, 1], [34, 33, 33]];
        yield "with 'quotes', | and ]" => [1, [1], [1]];
        yield [7, [3, 4], [3, 4]];
    }

    #[TestWith([0, 0, 0])]
    #[TestWith([1, 2, -1])]
    public function testCompares(int $a, int $b, int $order): void
    {
        self::assertSame($order, (new Money($a, Currency::Yen))->compare(new Money($b, Currency::Yen)));
    }
}
