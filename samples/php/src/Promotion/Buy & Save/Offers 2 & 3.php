<?php

declare(strict_types=1);

namespace Shop\Promotion;

use Shop\Money\Money;
use Shop\Pricing\PriceRule;

/**
 * The file name is what marketing asked for, so the autoloader cannot find it.
 */
final readonly class BuySomePayLess implements PriceRule
{
    public function __construct(private int $buy, private int $pay)
    {
        if ($pay >= $buy) {
            throw new \LogicException("Buy {$buy}, pay {$pay} is no offer");
        }
    }

    public static function twoForOne(): self { return new self(2, 1); }

    public static function threeForTwo(): self { return new self(3, 2); }

    public function apply(Money $price, int $quantity): Money
    {
        $bundles = intdiv($quantity, $this->buy);
        $paid = $quantity - $bundles * ($this->buy - $this->pay);

        return $price->times($paid / max(1, $quantity));
    }

    public function describe(): string { return "Buy {$this->buy}, pay {$this->pay}"; }

    public function bannerHtml(): string
    {
        return <<<HTML
            <p class="offer">
                Buy <b>{$this->buy}</b> &amp; pay <b>{$this->pay}</b>
            </p>
            HTML;
    }
}
