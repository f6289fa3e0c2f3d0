<?php

declare(strict_types=1);

namespace Shop\Import;

use InvalidArgumentException;
use Shop\Catalog\Catalog;
use Shop\Catalog\PhysicalProduct;
use Shop\Catalog\Sku;
use Shop\Money\Money;
use SimpleXMLElement;

/**
 * Reads the price list that the supplier sends every night.
 */
final class SupplierFeed
{
    private int $added = 0;
    private int $changed = 0;

    /** @var list<string> */
    private array $errors = [];

    public function __construct(
        private readonly Catalog $catalog,
        private readonly float $markup = 1.4,
    ) {
    }

    public function import(string $xml): void
    {
        $feed = new SimpleXMLElement($xml, LIBXML_NONET);

        foreach ($feed->article as $article) {
            try {
                $this->importArticle($article);
            } catch (InvalidArgumentException $exception) {
                $this->errors[] = $exception->getMessage();
            }
        }
    }

    public function summary(): string
    {
        $text = sprintf(
            '%d added, %d changed, %d wrong',
            $this->added,
            $this->changed,
            count($this->errors),
        );

        if ($this->errors === []) {
            return $text;
        }

        return $text . "\n- " . implode("\n- ", $this->errors);
    }

    private function importArticle(SimpleXMLElement $article): void
    {
        $sku = Sku::parse((string) $article['number']);
        $price = Money::parse((string) $article->price)->times($this->markup);
        $weight = $this->grams((string) $article->weight);

        if ($this->catalog->has($sku->code)) {
            $old = $this->catalog->get($sku->code);

            if ($old->price->equals($price)) {
                return;
            }

            $this->changed++;
        } else {
            $this->added++;
        }

        $this->catalog->add(new PhysicalProduct(
            $sku,
            (string) $article->name,
            $price,
            $weight,
        ));
    }

    private function grams(string $weight): int
    {
        if (!preg_match('/^([\d.]+)\s*(g|kg|lb)$/', $weight, $match)) {
            throw new InvalidArgumentException("Strange weight: {$weight}");
            return 0;
        }

        return (int) round((float) $match[1] * match ($match[2]) {
            'g' => 1,
            'kg' => 1000,
            'lb' => 453.592,
        });
    }
}
