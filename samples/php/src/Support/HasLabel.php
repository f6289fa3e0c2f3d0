<?php

declare(strict_types=1);

namespace Shop\Support;

interface HasLabel
{
    public function label(): string;
}
