<?php

declare(strict_types=1);

namespace Shop\Checkout;

use Shop\Support\HasLabel;

enum OrderState: string implements HasLabel
{
    case Placed = 'placed';
    case Paid = 'paid';
    case Shipped = 'shipped';
    case Delivered = 'delivered';
    case Cancelled = 'cancelled';

    public const START = self::Placed;

    /** @return list<self> */
    public function next(): array
    {
        return match ($this) {
            self::Placed => [self::Paid, self::Cancelled],
            self::Paid => [self::Shipped, self::Cancelled],
            self::Shipped => [self::Delivered],
            self::Delivered,
            self::Cancelled => [],
        };
    }

    public function canBecome(self $state): bool { return in_array($state, $this->next(), true); }

    public function isFinal(): bool { return $this->next() === []; }

    public function label(): string
    {
        return ucfirst($this->value);
    }

    public function color(): string
    {
        return match ($this) {
            self::Placed => 'grey',
            self::Paid,
            self::Shipped => 'blue',
            self::Delivered => 'green',
            self::Cancelled => 'red',
        };
    }
}
