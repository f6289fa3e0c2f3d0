<?php

declare(strict_types=1);

namespace Shop\Export;

/**
 * Questions & answers for the product pages.
 */
function questions(array $pairs): iterable
{
    foreach ($pairs as $question => $answer) {
        yield rtrim($question, '?') . '?' => $answer;
    }
}

function render_questions(array $pairs): string
{
    $html = '';

    foreach (questions($pairs) as $question => $answer) {
        $html .= sprintf(
            "<dt>%s</dt><dd>%s</dd>\n",
            htmlspecialchars($question),
            htmlspecialchars($answer),
        );
    }

    return "<dl>\n{$html}</dl>";
}

function unanswered(array $pairs): int
{
    return count(array_filter($pairs, static fn (string $answer): bool => $answer === ''));
}
