<?php

declare(strict_types=1);

namespace Shop\Notification;

use LogicException;
use Shop\Customer\EmailAddress;

final class Mail
{
    private array $headers = [];
    private array $attachments = [];

    private function __construct(
        public readonly EmailAddress $to,
        public readonly string $subject,
        public readonly string $body,
    ) {
    }

    public static function compose(EmailAddress $to, string $template, array $values): self
    {
        $text = preg_replace_callback(
            '/\{(\w+)\}/',
            static function (array $match) use ($values): string {
                if (!array_key_exists($match[1], $values)) {
                    throw new LogicException("Nothing to fill in for {$match[1]}");
                }

                return (string) $values[$match[1]];
            },
            $template,
        );

        [$subject, $body] = explode("\n\n", $text, 2);

        return new self($to, $subject, $body);
    }

    public function withHeader(string $name, string $value): self
    {
        if (preg_match('/[\r\n]/', $name . $value)) {
            throw new LogicException('A header fits on one line');
        }

        $copy = clone $this;
        $copy->headers[$name] = $value;

        return $copy;
    }

    public function withAttachment(string $name, string $content): self
    {
        $copy = clone $this;
        $copy->attachments[$name] = chunk_split(base64_encode($content));

        return $copy;
    }

    public function source(): string
    {
        $lines = [
            "To: {$this->to->value}",
            'Subject: ' . $this->encodedSubject(),
        ];

        foreach ($this->headers as $name => $value) {
            $lines[] = "{$name}: {$value}";
        }

        if ($this->attachments === []) {
            return implode("\r\n", [...$lines, '', $this->body]);
        }

        $boundary = md5($this->subject . $this->body);
        $lines[] = "Content-Type: multipart/mixed; boundary={$boundary}";

        foreach ($this->attachments as $name => $content) {
            $lines[] = <<<PART

                --{$boundary}
                Content-Disposition: attachment; filename="{$name}"
                Content-Transfer-Encoding: base64

                {$content}
                PART;
        }

        return implode("\r\n", [...$lines, "--{$boundary}--"]);
    }

    private function encodedSubject(): string
    {
        if (preg_match('/^[\x20-\x7E]*$/', $this->subject)) {
            return $this->subject;
        }

        return '=?UTF-8?B?' . base64_encode($this->subject) . '?=';
    }
}
