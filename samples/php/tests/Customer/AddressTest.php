<?php

declare(strict_types=1);

namespace Shop\Tests\Customer;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use Shop\Customer\Address;

final class AddressTest extends TestCase
{
    /** @dataProvider postcodes */
    public function testPostcodes(string $country, string $postcode, bool $valid): void
    {
        self::assertSame($valid, (new Address('Street 1', $postcode, 'City', $country))->validPostcode());
    }

    public function postcodes(): array
    {
        return [
            ['DE', '10115', true],
            ['DE', '1011', false],
            ['AT', '1010', true],
            ['FR', '75001', true],
            ['GB', 'SW1A 1AA', true],
            ['GB', 'SW1A1AA', false],
            ['US', '02139', true],
            ['US', '02139-4307', true],
            ['JP', '100-0001', true],
            ['JP', '1000001', false],
        ];
    }

    public function testUnknownCountries(): void
    {
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessage('XX is not one of DE, AT, FR, GB, US, JP');

        new Address('Street 1', '1', 'City', 'xx');
    }

    public function testDomestic(): void
    {
        self::assertTrue((new Address('a', '10115', 'Berlin'))->isDomestic());
        self::assertFalse((new Address('a', '75001', 'Paris', 'fr'))->isDomestic());
    }

    public function testContinentalLabel(): void
    {
        self::assertSame(
            "Hauptstr. 1\n10115 Berlin\nDE",
            (new Address('Hauptstr. 1', '10115', 'Berlin'))->label(),
        );
    }

    public function testBritishLabel(): void
    {
        self::assertSame(
            "1 High St\nLeeds\nLS1 4DY\nGB",
            (new Address('1 High St', 'LS1 4DY', 'Leeds', 'GB'))->label(),
        );
    }
}
