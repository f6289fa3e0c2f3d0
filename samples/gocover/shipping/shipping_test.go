package shipping

import "testing"

func TestCost(t *testing.T) {
	if got := Cost(9900, false); got != 0 {
		t.Errorf("got %d", got)
	}
}
