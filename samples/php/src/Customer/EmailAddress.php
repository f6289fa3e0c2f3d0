<?php

declare(strict_types=1);

namespace Shop\Customer;

use InvalidArgumentException;
use Shop\Support\Text;

final readonly class EmailAddress
{
    public string $value;

    public function __construct(string $value)
    {
        $value = strtolower(trim($value));

        if (filter_var($value, FILTER_VALIDATE_EMAIL) === false) {
            throw new InvalidArgumentException("Not an e-mail address: {$value}");
        }

        $this->value = $value;
    }

    public function local(): string { return strstr($this->value, '@', true); }

    public function domain(): string { return substr(strrchr($this->value, '@'), 1); }

    public function masked(): string
    {
        return Text::mask($this->local(), 1) . '@' . $this->domain();
    }

    public function isCompany(): bool
    {
        return !in_array($this->domain(), [
            'mail.example',
            'post.example',
            'free.example',
        ], true);
    }
}
