<?php

declare(strict_types=1);

namespace Shop\Tests\Checkout;

use PHPUnit\Framework\TestCase;
use Shop\Checkout\OrderNumber;
use Shop\Support\FrozenClock;

final class OrderNumberTest extends TestCase
{
    /** @dataProvider serials */
    public function testIssuedNumbersAreValid(int $serial): void
    {
        $number = OrderNumber::issue(new FrozenClock('2024-03-01'), $serial);

        self::assertTrue(OrderNumber::isValid($number->value));
        self::assertSame($serial, $number->serial());
    }

    public function serials(): array
    {
        return [[1], [9], [42], [1234], [99999]];
    }

    public function testStartsWithYearAndMonth(): void
    {
        $number = OrderNumber::issue(new FrozenClock('2031-11-30'), 7);

        self::assertStringStartsWith('3111-00007-', $number->value);
    }

    /** @dataProvider invalid */
    public function testSpotsTypingErrors(string $number): void
    {
        self::assertFalse(OrderNumber::isValid($number));
    }

    public function invalid(): array
    {
        return [
            'empty' => [''],
            'letters' => ['2403-0000x-9'],
            'wrong digit' => ['2403-00001-9'],
            'too short' => ['2403-001-9'],
        ];
    }
}
