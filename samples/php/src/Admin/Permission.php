<?php

declare(strict_types=1);

namespace Shop\Admin;

enum Permission: int
{
    case Read = 1;
    case Write = 2;
    case Refund = 4;
    case Manage = 8;

    public static function mask(self ...$permissions): int
    {
        return array_reduce(
            $permissions,
            static fn (int $mask, self $permission): int => $mask | $permission->value,
            0,
        );
    }

    /** @return list<self> */
    public static function fromMask(int $mask): array
    {
        $granted = [];

        foreach (self::cases() as $permission) {
            if ($mask & $permission->value) {
                $granted[] = $permission;
            }
        }

        return $granted;
    }

    public static function forRole(string $role): int
    {
        return match ($role) {
            'clerk' => self::mask(self::Read, self::Write),
            'accountant' => self::mask(self::Read, self::Refund),
            'owner' => self::mask(...self::cases()),
            default => 0,
        };
    }

    public function isDangerous(): bool { return $this->value >= self::Refund->value; }
}
