package cart

import "testing"

func TestTotal(t *testing.T) {
	items := []Item{{"mug", 1200, 2}, {"print", 3000, 1}}
	if got := Total(items, 10); got != 4860 {
		t.Errorf("got %d", got)
	}
	if got := Pay(items[:1], false); got != 2899 {
		t.Errorf("got %d", got)
	}
}
