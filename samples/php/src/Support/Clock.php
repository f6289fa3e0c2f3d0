<?php

declare(strict_types=1);

namespace Shop\Support;

use DateTimeImmutable;

interface Clock
{
    public const FORMAT = 'Y-m-d H:i:s';

    public function now(): DateTimeImmutable;

    public function today(
        string $format = 'Y-m-d',
    ): string;
}
