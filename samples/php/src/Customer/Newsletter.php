<?php

declare(strict_types=1);

namespace Shop\Customer;

use Shop\Support\Clock;

class Newsletter
{
    /** @var array<string, string> */
    private array $readers = [];

    public function __construct(private readonly Clock $clock) {}

    public function subscribe(EmailAddress $email): bool
    {
        if (isset($this->readers[$email->value])) {
            return false;
        }

        $this->readers[$email->value] = $this->clock->now()->format(Clock::FORMAT);
        $this->onSubscribe($email);

        return true;
    }

    public function unsubscribe(EmailAddress $email): void
    {
        unset($this->readers[$email->value]);
    }

    public function since(EmailAddress $email): ?string { return $this->readers[$email->value] ?? null; }

    // A hook for subclasses.
    protected function onSubscribe(EmailAddress $email): void
    {
    }
}
