<?php

declare(strict_types=1);

namespace Shop\Tests\Notification;

use LogicException;
use PHPUnit\Framework\TestCase;
use Shop\Customer\EmailAddress;
use Shop\Notification\Mail;
use Shop\Notification\Outbox;
use Shop\Support\FrozenClock;

final class OutboxTest extends TestCase
{
    public function testMailsWaitUntilTheyAreSent(): void
    {
        $outbox = $this->outbox(true);
        $outbox->add($this->mail());
        $outbox->add($this->mail());

        self::assertSame(2, $outbox->waiting());
        self::assertSame(2, $outbox->flush());
        self::assertSame(0, $outbox->waiting());
    }

    public function testAMailIsTriedAgain(): void
    {
        $outbox = $this->outbox(false);
        $outbox->add($this->mail());

        self::assertSame(0, $outbox->flush());
        self::assertSame(1, $outbox->waiting());
        self::assertSame([], $outbox->failures());
    }

    public function testTemplatesAreFilled(): void
    {
        $mail = $this->mail();

        self::assertSame('Hello Ada', $mail->subject);
        self::assertSame('Your order 7 is on its way.', $mail->body);
    }

    public function testEveryPlaceholderNeedsAValue(): void
    {
        $this->expectException(LogicException::class);
        $this->expectExceptionMessage('Nothing to fill in for name');

        Mail::compose(new EmailAddress('ada@mail.example'), "Hello {name}\n\n...", []);
    }

    public function testPlainMailSource(): void
    {
        self::assertSame(
            "To: ada@mail.example\r\nSubject: Hello Ada\r\n\r\nYour order 7 is on its way.",
            $this->mail()->source(),
        );
    }

    private function mail(): Mail
    {
        return Mail::compose(
            new EmailAddress('ada@mail.example'),
            "Hello {name}\n\nYour order {order} is on its way.",
            ['name' => 'Ada', 'order' => 7],
        );
    }

    private function outbox(bool $works): Outbox
    {
        return new Outbox(static fn (Mail $mail): bool => $works, new FrozenClock('2024-03-01'));
    }
}
