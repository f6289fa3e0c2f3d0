// Package cart adds up what a customer buys. Prices are in cents.
package cart

import "example.com/shop/shipping"

// Item is one line of a cart.
type Item struct {
	Name  string
	Price int
	Count int
}

// Total is what the items cost, without shipping.
func Total(items []Item, percentOff int) int {
	total := 0
	for _, item := range items {
		total += item.Price * item.Count
	}
	if percentOff > 0 && percentOff <= 100 {
		total -= total * percentOff / 100
	}
	return total
}

// Pay is what the customer pays.
func Pay(items []Item, express bool) int {
	total := Total(items, 0)
	if total == 0 {
		return 0
	}
	return total + shipping.Cost(total, express)
}
