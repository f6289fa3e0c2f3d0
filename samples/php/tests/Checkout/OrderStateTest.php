<?php

declare(strict_types=1);

namespace Shop\Tests\Checkout;

use PHPUnit\Framework\TestCase;
use Shop\Checkout\OrderState;
use Shop\Checkout\ReturnPolicy;
use Shop\Customer\EmailAddress;
use Shop\Notification\Mail;

final class OrderStateTest extends TestCase
{
    /** @dataProvider transitions */
    public function testTransitions(string $from, string $to, bool $allowed): void
    {
        self::assertSame($allowed, OrderState::from($from)->canBecome(OrderState::from($to)));
    }

    public function transitions(): array
    {
        return [
            ['placed', 'paid', true],
            ['placed', 'cancelled', true],
            ['placed', 'shipped', false],
            ['paid', 'shipped', true],
            ['paid', 'placed', false],
            ['shipped', 'delivered', true],
            ['shipped', 'cancelled', false],
            ['delivered', 'cancelled', false],
            ['cancelled', 'paid', false],
        ];
    }

    /** @dataProvider finalStates */
    public function testFinalStates(OrderState $state, bool $final): void
    {
        self::assertSame($final, $state->isFinal());
    }

    public function finalStates(): array
    {
        return [
            'delivered' => [OrderState::Delivered, true],
            'cancelled' => [OrderState::Cancelled, true],
            'paid' => [OrderState::Paid, false],
        ];
    }

    public function testLabels(): void
    {
        self::assertSame('Shipped', OrderState::Shipped->label());
    }

    public function testStatesFitIntoAMail(): void
    {
        $mail = Mail::compose(
            new EmailAddress('ada@mail.example'),
            "Grüße: {state}\n\nReturn it within {days} days.",
            ['state' => OrderState::Delivered->label(), 'days' => ReturnPolicy::DAYS],
        );

        self::assertSame('Return it within 30 days.', $mail->body);
        self::assertStringContainsString('Subject: =?UTF-8?B?', $mail->withHeader('X-Shop', '1')->source());
    }
}
