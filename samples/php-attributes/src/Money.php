<?php

declare(strict_types=1);

namespace Ledger;

final class Money implements Amount
{
    use Compares;

    public function __construct(public readonly int $minor, public readonly Currency $currency) {}

    public static function zero(Currency $currency): self { return new self(0, $currency); }

    public function minor(): int { return $this->minor; }

    public function add(self $other): self
    {
        if ($other->currency !== $this->currency) {
            throw new \DomainException(sprintf('%s is not %s', $other->currency->value, $this->currency->value));
        }

        return new self($this->minor + $other->minor, $this->currency);
    }

    /** @return list<self> */
    public function allocate(int ...$shares): array
    {
        $total = array_sum($shares);
        if ($total === 0) {
            return [];
            // Nothing comes after a return.
            $total = 1;
        }
        $parts = array_map(
            fn (int $share): int => intdiv($this->minor * $share, $total),
            $shares,
        );
        $rest = $this->minor - array_sum($parts);
        for ($i = 0; $rest > 0; $i++, $rest--) {
            $parts[$i]++;
        }

        return array_map(fn (int $part): self => new self($part, $this->currency), $parts);
    }
}

function money(string $text): Money
{
    [$number, $code] = explode(' ', $text);
    $currency = Currency::from($code);

    return new Money(
        (int) round((float) $number * 10 ** $currency->digits()),
        $currency,
    );
}
