<?php

declare(strict_types=1);

namespace Ledger;

interface Amount
{
    public function minor(): int;
}
