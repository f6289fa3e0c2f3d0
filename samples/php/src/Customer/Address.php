<?php

declare(strict_types=1);

namespace Shop\Customer;

use Shop\Support\Guard;

final class Address
{
    public readonly string $country;

    public function __construct(
        public readonly string $street,
        public readonly string $postcode,
        public readonly string $city,
        string $country = 'DE',
    ) {
        $this->country = Guard::oneOf(strtoupper($country), 'DE', 'AT', 'FR', 'GB', 'US', 'JP');
    }

    public function isDomestic(): bool { return $this->country === 'DE'; }

    public function validPostcode(): bool
    {
        $pattern = match ($this->country) {
            'DE', 'FR' => '/^\d{5}$/',
            'AT' => '/^\d{4}$/',
            'GB' => '/^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$/',
            'US' => '/^\d{5}(-\d{4})?$/',
            'JP' => '/^\d{3}-\d{4}$/',
        };

        return preg_match($pattern, $this->postcode) === 1;
    }

    public function label(): string
    {
        if ($this->country === 'GB' || $this->country === 'US') {
            $place = "{$this->city}\n{$this->postcode}";
        } else {
            $place = "{$this->postcode} {$this->city}";
        }

        return <<<LABEL
        {$this->street}
        {$place}
        {$this->country}
        LABEL;
    }
}
