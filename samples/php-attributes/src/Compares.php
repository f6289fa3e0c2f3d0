<?php

declare(strict_types=1);

namespace Ledger;

trait Compares
{
    public function compare(Amount $other): int
    {
        return $this->minor() <=> $other->minor();
    }

    public function isZero(): bool
    {
        return $this->minor() === 0;
    }
}
