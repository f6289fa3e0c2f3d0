<?php

declare(strict_types=1);

namespace Shop\Payments;

use Shop\Money\Money;
use Shop\Support\Clock;

final class InvoicePayment extends Gateway
{
    private array $open = [];

    public function __construct(private readonly Clock $clock, private readonly int $days = 14) {}

    public function name(): string { return 'Invoice'; }

    public function settle(string $reference): Money
    {
        $invoice = $this->open[$reference] ?? null;

        if ($invoice === null) {
            throw new \OutOfBoundsException("No open invoice {$reference}");
        }

        unset($this->open[$reference]);

        return $invoice['amount'];
    }

    /** @return list<string> */
    public function overdue(): array
    {
        $today = $this->clock->today();

        return array_keys(array_filter(
            $this->open,
            static fn (array $invoice): bool => $invoice['due'] < $today,
        ));
    }

    public function reminder(string $reference): string
    {
        ['amount' => $amount, 'due' => $due] = $this->open[$reference];

        return sprintf(
            'Invoice %s over %s was due on %s.',
            $reference,
            $amount->format(),
            $due,
        );
    }

    protected function charge(
        Money $amount,
        string $reference,
    ): bool {
        $this->open[$reference] = [
            'amount' => $amount,
            'due' => $this->clock
                ->now()
                ->modify("+{$this->days} days")
                ->format('Y-m-d'),
        ];

        return false;
    }
}
