<?php

declare(strict_types=1);

namespace Shop\Checkout;

use Shop\Customer\LoyaltyTier;
use Shop\Money\Money;
use Shop\Support\Clock;

/**
 * So far only the constant is used; the rest waits for the returns desk.
 */
final class ReturnPolicy
{
    public const DAYS = 30;

    public function __construct(private readonly Clock $clock) {}

    public function lastDay(LoyaltyTier $tier): string
    {
        $days = self::DAYS + match ($tier) {
            LoyaltyTier::Gold => 30,
            LoyaltyTier::Silver => 14,
            LoyaltyTier::None => 0,
        };

        return $this->clock
            ->now()
            ->modify("+{$days} days")
            ->format('Y-m-d');
    }

    public function refund(Money $paid, string $condition): Money
    {
        switch ($condition) {
            case 'unopened':
                return $paid;
            case 'opened':
                return $paid->percent(80);
            case 'damaged':
                throw new \DomainException('Damaged goods are not taken back');
                break;
            default:
                return Money::zero($paid->currency->value);
        }

        return $paid->percent(50);
    }
}
