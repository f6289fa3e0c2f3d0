<?php

declare(strict_types=1);

namespace Shop\Cart;

interface CartLimits
{
    public function maxLines(): int;

    public function maxQuantity(): int;
}
