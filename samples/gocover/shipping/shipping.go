// Package shipping knows what sending costs, in cents.
package shipping

// Cost is what sending goods of this worth costs.
func Cost(total int, express bool) int {
	if express {
		return 1500
	}
	if total >= 5000 {
		return 0
	}
	return 499
}

// Name is what the customer reads.
func Name(express bool) string {
	if express {
		return "express"
	}
	return "parcel"
}
