<?php

declare(strict_types=1);

namespace Shop\Tests\Catalog;

use LogicException;
use PHPUnit\Framework\TestCase;
use Shop\Catalog\Category;

final class CategoryTest extends TestCase
{
    private Category $root;
    private Category $kitchen;
    private Category $mugs;

    protected function setUp(): void
    {
        $this->root = new Category('Shop');
        $this->kitchen = $this->root->add('Kitchen');
        $this->mugs = $this->kitchen->add('Mugs');
        $this->root->add('Garden');
    }

    public function testKnowsItsPlace(): void
    {
        self::assertTrue($this->root->isRoot());
        self::assertFalse($this->mugs->isRoot());
        self::assertTrue($this->mugs->isLeaf());
        self::assertFalse($this->kitchen->isLeaf());
    }

    public function testBuildsThePath(): void
    {
        self::assertSame('Shop', $this->root->path());
        self::assertSame('Shop > Kitchen > Mugs', $this->mugs->path());
        self::assertSame('Shop/Kitchen', $this->kitchen->path('/'));
    }

    public function testMeasuresDepth(): void
    {
        self::assertSame(0, $this->root->depth());
        self::assertSame(2, $this->mugs->depth());
    }

    public function testWalksDepthFirst(): void
    {
        $names = [];

        foreach ($this->root->walk() as $category) {
            $names[] = $category->name;
        }

        self::assertSame(['Shop', 'Kitchen', 'Mugs', 'Garden'], $names);
    }

    public function testFindsByName(): void
    {
        self::assertSame($this->mugs, $this->root->find('Mugs'));
        self::assertNull($this->root->find('Toys'));
    }

    public function testMovesASubtree(): void
    {
        $this->kitchen->move($this->root->find('Garden'));

        self::assertSame('Shop > Garden > Kitchen > Mugs', $this->mugs->path());
    }

    public function testCannotMoveBelowItself(): void
    {
        $this->expectException(LogicException::class);

        $this->kitchen->move($this->mugs);
    }
}
