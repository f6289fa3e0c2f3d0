<?php

declare(strict_types=1);

namespace Shop\Tests\Customer;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use Shop\Customer\EmailAddress;
use Shop\Customer\Newsletter;
use Shop\Support\FrozenClock;
use Shop\Support\Text;

final class EmailAddressTest extends TestCase
{
    public function testIsNormalized(): void
    {
        self::assertSame('ada@mail.example', (new EmailAddress(' Ada@Mail.Example '))->value);
    }

    /** @dataProvider wrong */
    public function testRejects(string $address): void
    {
        $this->expectException(InvalidArgumentException::class);

        new EmailAddress($address);
    }

    public function wrong(): array
    {
        return [[''], ['ada'], ['ada@'], ['@mail.example'], ['a b@mail.example']];
    }

    public function testIsMaskedForLogs(): void
    {
        self::assertSame('**a@mail.example', (new EmailAddress('ada@mail.example'))->masked());
    }

    /** @dataProvider domains */
    public function testTellsCompaniesFromFreeMailers(string $domain, bool $company): void
    {
        self::assertSame($company, (new EmailAddress("ada@{$domain}"))->isCompany());
    }

    public function domains(): array
    {
        return [['mail.example', false], ['free.example', false], ['lind.example', true]];
    }

    public function testMaskingShortTextsHidesNothing(): void
    {
        self::assertSame('abc', Text::mask('abc'));
    }

    public function testNewsletterRemembersTheMoment(): void
    {
        $clock = new FrozenClock('2024-03-01 10:00');
        $newsletter = new Newsletter($clock);
        $email = new EmailAddress('ada@mail.example');

        self::assertTrue($newsletter->subscribe($email));
        $clock->advance('+1 day');
        self::assertFalse($newsletter->subscribe($email));
        self::assertSame('2024-03-01 10:00:00', $newsletter->since($email));
    }

    public function testNewsletterForgets(): void
    {
        $newsletter = new Newsletter(new FrozenClock('2024-03-01'));
        $email = new EmailAddress('ada@mail.example');
        $newsletter->subscribe($email);
        $newsletter->unsubscribe($email);

        self::assertNull($newsletter->since($email));
    }
}
