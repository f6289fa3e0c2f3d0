<?php

declare(strict_types=1);

namespace Shop\Shipping;

use Shop\Customer\Address;
use Shop\Support\Text;

final class Label
{
    private const PATTERNS = [
        '0' => 'nnnwwnwnn',
        '1' => 'wnnwnnnnw',
        '2' => 'nnwwnnnnw',
        '3' => 'wnwwnnnnn',
        '*' => 'nwnnwnwnn',
    ];

    public function __construct(
        private readonly Address $to,
        private readonly Tracking $tracking,
        private readonly int $width = 32,
    ) {
    }

    public function print(): string
    {
        $frame = '+' . str_repeat('-', $this->width) . '+';
        $lines = [$frame];

        foreach (explode("\n", $this->to->label()) as $line) {
            $lines[] = $this->line($line);
        }

        $lines[] = $this->line('');
        $lines[] = $this->line($this->tracking->number);
        $lines[] = $frame;

        return implode("\n", $lines);
    }

    public function barcode(): string
    {
        $bars = [];

        foreach (str_split("*{$this->tracking->number}*") as $character) {
            $pattern = self::PATTERNS[$character] ?? null;

            if ($pattern === null) {
                throw new \DomainException("No bars for {$character}");
            }

            $bars[] = strtr($pattern, ['n' => '|', 'w' => '||']);
        }

        return implode(' ', $bars);
    }

    private function line(string $text): string { return '|' . str_pad(Text::truncate($text, $this->width), $this->width) . '|'; }
}
