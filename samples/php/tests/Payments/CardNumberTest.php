<?php

declare(strict_types=1);

namespace Shop\Tests\Payments;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use Shop\Payments\CardNumber;

final class CardNumberTest extends TestCase
{
    /** @dataProvider cards */
    public function testBrand(string $number, string $brand): void
    {
        self::assertSame($brand, CardNumber::parse($number)->brand());
    }

    public function cards(): array
    {
        return [
            ['4111 1111 1111 1111', 'Visa'],
            ['5500-0000-0000-0004', 'Mastercard'],
            ['340000000000009', 'American Express'],
            ['6011000000000004', 'Other'],
        ];
    }

    /** @dataProvider invalid */
    public function testRejects(string $number): void
    {
        $this->expectException(InvalidArgumentException::class);

        CardNumber::parse($number);
    }

    public function invalid(): array
    {
        return [
            'empty' => [''],
            'letters' => ['4111x11111111111'],
            'too short' => ['42'],
            'swapped digits' => ['1411111111111111'],
        ];
    }

    public function testShowsTheLastFourDigits(): void
    {
        self::assertSame('************1111', CardNumber::parse('4111111111111111')->masked());
    }
}
