<?php

declare(strict_types=1);

namespace Shop\Catalog;

final class DigitalProduct extends Product
{
    public function weight(): int { return 0; }

    public function deliveryNote(
        string $language,
        bool $short,
    ): string {
        if ($short) {
            return 'Download';
        }

        return <<<NOTE
            {$this->name}
            is ready for download.
            Article {$this->sku}
            NOTE;
    }

    public function downloadPath(string $secret): string
    {
        return implode('/', [
            '/download',
            $this->slug(),
            substr(hash('sha256', $this->sku . $secret), 0, 12),
        ]);
    }
}
