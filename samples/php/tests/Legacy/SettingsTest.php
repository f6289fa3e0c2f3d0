<?php

declare(strict_types=1);

namespace Shop\Tests\Legacy;

use PHPUnit\Framework\TestCase;

final class SettingsTest extends TestCase
{
    protected function setUp(): void
    {
        require_once __DIR__ . '/../../src/legacy/settings.php';
    }

    public function testTestsDoNotTouchTheLiveHost(): void
    {
        self::assertSame('test', SHOP_ENVIRONMENT);
        self::assertSame('localhost', SHOP_HOST);
    }

    public function testDebuggingAllowsMoreTime(): void
    {
        self::assertTrue(SHOP_DEBUG);
        self::assertSame(300, SHOP_TIMEOUT);
    }

    public function testLimits(): void
    {
        self::assertSame(2097152, SHOP_MAX_UPLOAD);
        self::assertSame(500, SHOP_MAX_ROWS);
    }
}
