<?php

declare(strict_types=1);

namespace Shop\Tests\Search;

use PHPUnit\Framework\TestCase;
use Shop\Search\Index;
use Shop\Search\Query;
use Shop\Search\Tokenizer;
use Shop\Tests\Fixtures\Goods;

final class IndexTest extends TestCase
{
    private Index $index;

    protected function setUp(): void
    {
        $this->index = new Index(new Tokenizer());

        foreach (Goods::catalog()->list() as $product) {
            $this->index->add($product);
        }
    }

    /** @dataProvider searches */
    public function testFinds(string $query, array $expected): void
    {
        self::assertSame($expected, $this->index->find(Query::parse($query)));
    }

    public function searches(): array
    {
        return [
            'one word' => ['mug', ['MU-100', 'MU-101']],
            'plural' => ['mugs', ['MU-100', 'MU-101']],
            'two words, best first' => ['red mug', ['MU-101', 'MU-100']],
            'without' => ['mug -blue', ['MU-101']],
            'price limit' => ['garden max:200', ['CH-310']],
            'nothing' => ['sofa', []],
            'empty' => ['', []],
        ];
    }

    public function testCompletesWords(): void
    {
        self::assertSame(['floor'], $this->index->complete('fl'));
        self::assertSame([], $this->index->complete('zz'));
    }

    public function testCountsWords(): void
    {
        self::assertSame(12, $this->index->size());
    }
}
