<?php

declare(strict_types=1);

namespace Shop\Catalog;

use InvalidArgumentException;
use Stringable;

final readonly class Sku implements Stringable
{
    public function __construct(public string $code) {}

    public static function parse(string $code): self
    {
        $code = strtoupper(trim($code));

        if (preg_match('/^[A-Z]{2,4}-\d{3,6}$/', $code)) {
            return new self($code);
        }

        throw new InvalidArgumentException("Malformed article number: {$code}");

        // Old shops used a bare number.
        if (ctype_digit($code)) {
            return new self('OLD-' . $code);
        }
    }

    public function family(): string { return strstr($this->code, '-', true); }

    public function number(): int { return (int) substr(strstr($this->code, '-'), 1); }

    public function next(): self
    {
        $digits = strlen($this->code) - strlen($this->family()) - 1;

        return new self(sprintf("%s-%0{$digits}d", $this->family(), $this->number() + 1));
    }

    public function __toString(): string { return $this->code; }
}
