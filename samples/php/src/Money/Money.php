<?php

declare(strict_types=1);

namespace Shop\Money;

use InvalidArgumentException;

/**
 * An amount in the smallest unit of its currency.
 */
final readonly class Money
{
    private function __construct(
        public int $amount,
        public Currency $currency,
    ) {
    }

    public static function of(int $amount, string $currency = 'EUR'): self { return new self($amount, Currency::from($currency)); }

    public static function zero(string $currency = 'EUR'): self { return self::of(0, $currency); }

    /**
     * Reads "12.50 EUR", "EUR 12.50" and "1,250 JPY".
     */
    public static function parse(string $text): self
    {
        $pattern = '/^(?:(?<before>[A-Z]{3})\s+)?(?<number>-?[\d,]+(?:\.\d+)?)(?:\s+(?<after>[A-Z]{3}))?$/';

        if (!preg_match($pattern, trim($text), $match)) {
            throw new InvalidArgumentException("Not an amount of money: {$text}");
        }

        $code = $match['before'] ?: ($match['after'] ?? '');
        $currency = Currency::tryFrom($code)
            ?? throw new InvalidArgumentException("Unknown currency: {$code}");

        $number = (float) str_replace(',', '', $match['number']);

        return new self((int) round($number * 10 ** $currency->digits()), $currency);
    }

    public function plus(self $other): self
    {
        $this->mustMatch($other);

        return new self($this->amount + $other->amount, $this->currency);
    }

    public function minus(self $other): self
    {
        return $this->plus($other->negated());
    }

    public function negated(): self { return new self(-$this->amount, $this->currency); }

    public function times(int|float $factor, ?Rounding $rounding = null): self
    {
        $rounding ??= Rounding::HalfUp;

        return new self($rounding->apply($this->amount * $factor), $this->currency);
    }

    public function percent(int|float $percent, ?Rounding $rounding = null): self
    {
        return $this->times($percent / 100, $rounding);
    }

    /**
     * Splits the amount by weight without losing a cent: what is left over
     * goes one by one to the first shares.
     *
     * @return list<self>
     */
    public function allocate(int ...$weights): array
    {
        $total = array_sum($weights);

        if ($total <= 0) {
            throw new InvalidArgumentException('At least one weight must be positive');
        }

        $shares = array_map(
            fn (int $weight): int => intdiv($this->amount * $weight, $total),
            array_values($weights),
        );

        $left = $this->amount - array_sum($shares);

        for ($i = 0; $left > 0; $i++, $left--) {
            $shares[$i % count($shares)]++;
        }

        return array_map(fn (int $share): self => new self($share, $this->currency), $shares);
    }

    public function compareTo(self $other): int
    {
        $this->mustMatch($other);

        return $this->amount <=> $other->amount;
    }

    public function equals(self $other): bool { return $this == $other; }

    public function isZero(): bool { return $this->amount === 0; }

    public function isNegative(): bool { return $this->amount < 0; }

    public function isAtLeast(self $other): bool { return $this->compareTo($other) >= 0; }

    public static function sum(self $first, self ...$others): self
    {
        return array_reduce(
            $others,
            static fn (self $sum, self $next): self => $sum->plus($next),
            $first,
        );
    }

    public function format(): string
    {
        $digits = $this->currency->digits();

        return sprintf(
            '%s %s',
            number_format($this->amount / 10 ** $digits, $digits),
            $this->currency->value,
        );
    }

    public function accounting(): string
    {
        if ($this->isNegative()) {
            return '(' . $this->negated()->format() . ')';
        }

        return $this->format();
    }

    private function mustMatch(self $other): void
    {
        if ($this->currency !== $other->currency) {
            throw CurrencyMismatch::between($this->currency, $other->currency);
        }
    }
}
