<?php

declare(strict_types=1);

namespace Shop\Tests\Payments;

use BadMethodCallException;
use OutOfBoundsException;
use PHPUnit\Framework\TestCase;
use Shop\Money\Money;
use Shop\Payments\CardNumber;
use Shop\Payments\CardPayment;
use Shop\Payments\InvoicePayment;
use Shop\Support\FrozenClock;
use Shop\Tests\Fixtures\RecordingTerminal;

final class GatewayTest extends TestCase
{
    public function testChargesTheCardWithTheFee(): void
    {
        $terminal = new RecordingTerminal();

        self::assertTrue($this->card($terminal)->pay(Money::of(10_000), 'A1'));
        self::assertSame([[10_150, 'A1']], $terminal->calls);
    }

    /** @dataProvider fees */
    public function testCardFee(int $amount, int $fee): void
    {
        self::assertSame($fee, $this->card(new RecordingTerminal())->fee(Money::of($amount))->amount);
    }

    public function fees(): array
    {
        return [[100, 25], [1_666, 25], [1_667, 25], [2_000, 30], [10_000, 150]];
    }

    public function testNothingToPayNeedsNoTerminal(): void
    {
        $terminal = new RecordingTerminal();

        self::assertTrue($this->card($terminal)->pay(Money::zero(), 'A1'));
        self::assertSame([], $terminal->calls);
    }

    public function testDeclinedPaymentsAreLoggedWithZero(): void
    {
        $card = $this->card(new RecordingTerminal(false));

        self::assertFalse($card->pay(Money::of(500), 'A1'));
        self::assertSame([['A1', 0]], $card->log());
    }

    public function testTurnover(): void
    {
        $card = $this->card(new RecordingTerminal());
        $card->pay(Money::of(500), 'A1');
        $card->pay(Money::of(700), 'A2');

        self::assertSame(1200, $card->turnover());
    }

    public function testName(): void
    {
        self::assertSame('Visa 1111', $this->card(new RecordingTerminal())->name());
    }

    public function testRefundsAreNotPossible(): void
    {
        $this->expectException(BadMethodCallException::class);
        $this->expectExceptionMessage('Invoice cannot give 5.00 EUR back');

        (new InvoicePayment(new FrozenClock('2024-03-01')))->refund(Money::of(500));
    }

    public function testInvoicesStayOpen(): void
    {
        $invoices = new InvoicePayment(new FrozenClock('2024-03-01'));

        self::assertFalse($invoices->pay(Money::of(500), 'R1'));
        self::assertSame('5.00 EUR', $invoices->settle('R1')->format());
    }

    public function testInvoicesAreSettledOnce(): void
    {
        $invoices = new InvoicePayment(new FrozenClock('2024-03-01'));
        $invoices->pay(Money::of(500), 'R1');
        $invoices->settle('R1');

        $this->expectException(OutOfBoundsException::class);

        $invoices->settle('R1');
    }

    /** @dataProvider days */
    public function testOverdue(string $step, array $overdue): void
    {
        $clock = new FrozenClock('2024-03-01');
        $invoices = new InvoicePayment($clock, 10);
        $invoices->pay(Money::of(500), 'R1');
        $clock->advance($step);

        self::assertSame($overdue, $invoices->overdue());
    }

    public function days(): array
    {
        return [['+1 day', []], ['+10 days', []], ['+11 days', ['R1']], ['+1 year', ['R1']]];
    }

    private function card(RecordingTerminal $terminal): CardPayment
    {
        return new CardPayment(CardNumber::parse('4111111111111111'), $terminal(...));
    }
}
