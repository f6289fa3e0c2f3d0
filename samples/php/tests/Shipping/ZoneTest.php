<?php

declare(strict_types=1);

namespace Shop\Tests\Shipping;

use OutOfBoundsException;
use PHPUnit\Framework\TestCase;
use Shop\Shipping\Tracking;
use Shop\Shipping\Zone;
use Shop\Support\FrozenClock;
use Shop\Support\Locale;

final class ZoneTest extends TestCase
{
    /** @dataProvider countries */
    public function testZones(string $country, Zone $zone): void
    {
        self::assertSame($zone, Zone::of($country));
    }

    public function countries(): array
    {
        return [
            ['DE', Zone::Domestic],
            ['FR', Zone::Europe],
            ['AT', Zone::Europe],
            ['GB', Zone::World],
            ['JP', Zone::World],
        ];
    }

    public function testTrackingShowsTheLatestScanFirst(): void
    {
        $clock = new FrozenClock('2024-03-01 08:00');
        $tracking = new Tracking($clock, 'A 1');
        self::assertNull($tracking->last());

        $tracking->scan('Berlin');
        $clock->advance('+5 hours');
        $tracking->scan('Leipzig');

        self::assertSame('Leipzig', $tracking->last());
        self::assertSame(
            ['01.03. 13:00 Leipzig', '01.03. 08:00 Berlin'],
            iterator_to_array($tracking->history()),
        );
    }

    public function testTrackingLink(): void
    {
        $tracking = new Tracking(new FrozenClock('2024-03-01'), 'A 1');

        self::assertSame('https://post.example/track/A%201', $tracking->url('post'));
    }

    public function testTrackingNeedsAKnownCarrier(): void
    {
        $this->expectException(OutOfBoundsException::class);

        (new Tracking(new FrozenClock('2024-03-01'), 'A1'))->url('pigeon');
    }

    /** @dataProvider arrivals */
    public function testDaysUntilArrival(string $date, int $days): void
    {
        self::assertSame($days, (new FrozenClock('2024-02-28 23:00'))->daysUntil($date));
    }

    public function arrivals(): array
    {
        return [['2024-02-28', 0], ['2024-03-01', 2], ['2024-02-27', -1]];
    }

    /** @dataProvider dates */
    public function testDatesAreWrittenAsUsualThere(string $country, string $expected): void
    {
        $clock = new FrozenClock('2024-03-01');

        self::assertSame($expected, (new Locale($country))->date($clock->now()));
    }

    public function dates(): array
    {
        return [['AT', '01.03.2024'], ['FR', '01/03/2024'], ['US', '2024-03-01']];
    }
}
