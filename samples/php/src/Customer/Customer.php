<?php

declare(strict_types=1);

namespace Shop\Customer;

use Shop\Money\Money;
use Shop\Support\Clock;
use Shop\Support\Guard;
use Shop\Support\RecordsEvents;
use Shop\Support\Text;

class Customer
{
    use RecordsEvents;

    private Money $turnover;
    private ?Address $address = null;

    public function __construct(
        public readonly string $name,
        public readonly EmailAddress $email,
        private readonly ?Clock $clock = null,
    ) {
        Guard::notBlank($name, 'Name');
        $this->turnover = Money::zero();
    }

    public function initials(): string { return Text::initials($this->name); }

    public function moveTo(Address $address): void
    {
        if (!$address->validPostcode()) {
            throw new \DomainException("Postcode {$address->postcode} does not fit {$address->country}");
        }

        $this->address = $address;
        $this->record('moved', $address->city);
    }

    public function address(): Address
    {
        return $this->address
            ?? throw new \LogicException("{$this->name} has no address yet");
    }

    public function bought(Money $amount): void
    {
        $before = $this->tier();
        $this->turnover = $this->turnover->plus($amount);

        if ($this->tier() !== $before) {
            $this->record('promoted', $this->tier()->label(), $this->clock?->today() ?? 'undated');
        }
    }

    public function tier(): LoyaltyTier { return LoyaltyTier::forTurnover($this->turnover); }

    protected function eventPrefix(): string { return 'customer'; }
}
