<?php

declare(strict_types=1);

namespace Shop\Pricing;

use Shop\Money\Money;
use Shop\Support\Clock;

final class Coupon implements PriceRule
{
    private int $uses = 0;

    public function __construct(
        public readonly string $code,
        private readonly PriceRule $rule,
        private readonly Clock $clock,
        private readonly string $validUntil,
        private readonly int $maxUses = 1,
    ) {}

    public function isValid(): bool
    {
        return $this->uses < $this->maxUses
            && $this->clock->today() <= $this->validUntil;
    }

    public function apply(Money $price, int $quantity): Money
    {
        if (!$this->isValid()) {
            return $price;
        }

        $this->uses++;

        return $this->rule->apply($price, $quantity);
    }

    public function describe(): string { return "Coupon {$this->code}: {$this->rule->describe()}"; }

    public static function generate(string $seed, int $length = 8): string
    {
        $alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
        $code = '';

        while (strlen($code) < $length) {
            $seed = md5($seed);
            $code .= $alphabet[hexdec(substr($seed, 0, 2)) % 32];
        }

        return $code;
    }
}
