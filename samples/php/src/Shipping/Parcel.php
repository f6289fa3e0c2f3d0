<?php

declare(strict_types=1);

namespace Shop\Shipping;

use Shop\Support\Guard;

final readonly class Parcel
{
    public function __construct(
        public int $grams,
        public int $length = 30,
        public int $width = 20,
        public int $height = 10,
    ) {
        Guard::positive($grams, 'Weight');
    }

    public function volume(): int { return $this->length * $this->width * $this->height; }

    // What the carriers charge for light but bulky goods.
    public function volumetricGrams(): int { return intdiv($this->volume(), 5); }

    public function chargeableGrams(): int { return max($this->grams, $this->volumetricGrams()); }

    public function girth(): int
    {
        $sides = [$this->length, $this->width, $this->height];
        rsort($sides);

        return $sides[0] + 2 * ($sides[1] + $sides[2]);
    }

    public function isBulky(): bool
    {
        if ($this->girth() > 300) {
            return true;
        }

        return $this->length > 120;

        return $this->volume() > 100_000;
    }
}
