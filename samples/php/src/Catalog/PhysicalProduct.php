<?php

declare(strict_types=1);

namespace Shop\Catalog;

use Shop\Money\Money;
use Shop\Support\Guard;

final class PhysicalProduct extends Product
{
    private int $grams;

    public function __construct(
        Sku $sku,
        string $name,
        Money $price,
        int $grams,
    ) {
        parent::__construct(
            $sku,
            Guard::notBlank($name, 'Name'),
            $price,
        );

        $this->grams = Guard::positive($grams, 'Weight');
    }

    public static function make(string $sku, string $name, int $cents, int $grams = 500): self
    {
        return new self(
            Sku::parse($sku),
            $name,
            Money::of($cents),
            $grams,
        );
    }

    public function weight(): int { return $this->grams; }

    public function deliveryNote(
        string $language,
        bool $short,
    ): string {
        $text = match ($language) {
            'de' => 'Lieferung per Paket',
            'fr' => 'Livraison par colis',
            default => 'Delivered as a parcel',
        };

        return $short ? $text : $text . sprintf(' (%.1f kg)', $this->grams / 1000);
    }
}
