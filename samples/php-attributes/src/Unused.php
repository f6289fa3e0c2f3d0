<?php

declare(strict_types=1);

namespace Ledger;

abstract class Unused
{
    abstract public function name(): string;

    public function greet(): string
    {
        if ($this->name() === '') {
            return 'nobody';
        } else {
            return 'hello ' . $this->name();
        }
    }

    public static function one(): int { return 1; }
}
