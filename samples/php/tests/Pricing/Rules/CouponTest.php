<?php

declare(strict_types=1);

namespace Shop\Tests\Pricing\Rules;

use PHPUnit\Framework\TestCase;
use RangeException;
use Shop\Money\Money;
use Shop\Pricing\Coupon;
use Shop\Pricing\PercentOff;
use Shop\Support\FrozenClock;

final class CouponTest extends TestCase
{
    public function testWorksOnce(): void
    {
        $coupon = $this->coupon('2024-03-01');

        self::assertSame(900, $coupon->apply(Money::of(1000), 1)->amount);
        self::assertSame(1000, $coupon->apply(Money::of(1000), 1)->amount);
    }

    /** @dataProvider dates */
    public function testExpires(string $today, bool $valid): void
    {
        self::assertSame($valid, $this->coupon($today)->isValid());
    }

    public function dates(): array
    {
        return [['2024-03-01', true], ['2024-03-31', true], ['2024-04-01', false]];
    }

    public function testDescribesItself(): void
    {
        self::assertSame('Coupon SPRING: 10 % off', $this->coupon('2024-03-01')->describe());
    }

    /** @dataProvider lengths */
    public function testGeneratedCodesAreReadable(int $length): void
    {
        $code = Coupon::generate('seed', $length);

        self::assertMatchesRegularExpression("/^[A-HJ-NP-Z2-9]{{$length}}$/", $code);
        self::assertSame($code, Coupon::generate('seed', $length));
    }

    public function lengths(): array
    {
        return [[4], [8], [16]];
    }

    /** @dataProvider percentages */
    public function testDiscountsHaveLimits(int $percent): void
    {
        $this->expectException(RangeException::class);

        new PercentOff($percent);
    }

    public function percentages(): array
    {
        return [[-1], [101]];
    }

    private function coupon(string $today): Coupon
    {
        return new Coupon('SPRING', new PercentOff(10), new FrozenClock($today), '2024-03-31');
    }
}
