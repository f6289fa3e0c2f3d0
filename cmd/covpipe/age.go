package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// keepForever is the age of what is never removed.
const keepForever = "forever"

// parseKeep reads how long something is kept: 12w, 90d, 36h, or forever, which
// is 0.
func parseKeep(text string) (time.Duration, error) {
	if text == keepForever {
		return 0, nil
	}
	unit := map[string]time.Duration{"w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour}
	for suffix, length := range unit {
		if number, found := strings.CutSuffix(text, suffix); found {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil && n > 0 {
				return time.Duration(n) * length, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is no time such as 12w, 90d or forever", text)
}
