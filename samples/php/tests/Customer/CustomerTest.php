<?php

declare(strict_types=1);

namespace Shop\Tests\Customer;

use DomainException;
use InvalidArgumentException;
use LogicException;
use PHPUnit\Framework\TestCase;
use Shop\Checkout\ReturnPolicy;
use Shop\Customer\Address;
use Shop\Customer\Customer;
use Shop\Customer\EmailAddress;
use Shop\Customer\LoyaltyTier;
use Shop\Money\Money;
use Shop\Support\FrozenClock;

final class CustomerTest extends TestCase
{
    /** @dataProvider names */
    public function testInitials(string $name, string $initials): void
    {
        self::assertSame($initials, $this->customer($name)->initials());
    }

    public function names(): array
    {
        return [['Ada Lind', 'AL'], ['grace', 'G'], [' Karl  von Berg ', 'KVB']];
    }

    public function testNeedsAName(): void
    {
        $this->expectException(InvalidArgumentException::class);

        $this->customer('  ');
    }

    public function testHasNoAddressAtFirst(): void
    {
        $this->expectException(LogicException::class);

        $this->customer()->address();
    }

    public function testMoves(): void
    {
        $customer = $this->customer();
        $customer->moveTo(new Address('Ring 5', '1010', 'Wien', 'at'));

        self::assertSame('Wien', $customer->address()->city);
        self::assertSame(['customer.moved: Wien'], $customer->releaseEvents());
    }

    public function testDoesNotMoveToAWrongPostcode(): void
    {
        $this->expectException(DomainException::class);

        $this->customer()->moveTo(new Address('Ring 5', '10100', 'Wien', 'AT'));
    }

    /** @dataProvider turnovers */
    public function testTier(int $cents, LoyaltyTier $tier): void
    {
        $customer = $this->customer();
        $customer->bought(Money::of($cents));

        self::assertSame($tier, $customer->tier());
    }

    public function turnovers(): array
    {
        return [
            [0, LoyaltyTier::None],
            [49_999, LoyaltyTier::None],
            [50_000, LoyaltyTier::Silver],
            [199_999, LoyaltyTier::Silver],
            [200_000, LoyaltyTier::Gold],
        ];
    }

    public function testPromotionIsDated(): void
    {
        $customer = new Customer('Ada', new EmailAddress('a@b.example'), new FrozenClock('2024-03-01'));
        $customer->bought(Money::of(60_000));
        $customer->bought(Money::of(1_000));

        self::assertSame(['customer.promoted: Silver member, 2024-03-01'], $customer->releaseEvents());
    }

    public function testPromotionWithoutAClockIsUndated(): void
    {
        $customer = $this->customer();
        $customer->bought(Money::of(300_000));

        self::assertSame(['customer.promoted: Gold member, undated'], $customer->releaseEvents());
    }

    public function testAGuestCanReturnGoodsForAMonth(): void
    {
        self::assertSame(LoyaltyTier::None, $this->customer()->tier());
        self::assertSame(30, ReturnPolicy::DAYS);
    }

    private function customer(string $name = 'Ada Lind'): Customer
    {
        return new Customer($name, new EmailAddress('ada@mail.example'));
    }
}
