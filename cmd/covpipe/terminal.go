package main

import (
	"fmt"
	"slices"
	"strings"
)

// view is what a terminal shows below the messages and what is drawn anew as it
// changes: some lines of each of those who work side by side.
type view struct {
	blocks map[string][]string
	order  []string // who came first stands first
	drawn  int      // lines that the terminal shows by now
}

// showStatus shows lines of someone in the place of those that he showed before,
// on a terminal only.
func (a *app) showStatus(name string, lines ...string) {
	if !a.terminal || a.quiet || a.logFormat == "json" {
		return
	}
	a.printing.Lock()
	defer a.printing.Unlock()
	if a.view.blocks == nil {
		a.view.blocks = map[string][]string{}
	}
	if !slices.Contains(a.view.order, name) {
		a.view.order = append(a.view.order, name)
	}
	a.view.blocks[name] = lines
	a.redraw()
}

// clearStatus removes the lines of someone.
func (a *app) clearStatus(name string) {
	a.printing.Lock()
	defer a.printing.Unlock()
	delete(a.view.blocks, name)
	a.view.order = slices.DeleteFunc(a.view.order, func(other string) bool { return other == name })
	a.redraw()
}

// redraw draws the view in the place of the one that is there, for one who holds
// the lock.
func (a *app) redraw() {
	text := a.erasure()
	width := a.size()
	for _, name := range a.view.order {
		for _, line := range a.view.blocks[name] {
			if a.view.drawn++; a.view.drawn > 1 {
				text += "\n"
			}
			text += cut(line, width)
		}
	}
	if text != "" {
		fmt.Fprint(a.stderr, text)
	}
}

// erasure is what removes the view from the terminal, likewise.
func (a *app) erasure() string {
	if a.view.drawn == 0 {
		return ""
	}
	text := "\r"
	if a.view.drawn > 1 {
		text += fmt.Sprintf("\x1b[%dA", a.view.drawn-1)
	}
	a.view.drawn = 0
	return text + "\x1b[J"
}

// size is the width of the terminal by now; 0 if it is not known.
func (a *app) size() int {
	if a.width == nil {
		return 0
	}
	return a.width()
}

// barStyle gives blocks where the locale has them.
func (a *app) barStyle() barStyle {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(a.environment(name)); value != "" {
			if strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8") {
				return barStyle{"█", "░"}
			}
			break
		}
	}
	return barStyle{"#", "."}
}

// cut shortens a line to the width of a terminal; 0 is 80.
func cut(line string, width int) string {
	if width <= 0 {
		width = 80
	}
	if letters := []rune(line); len(letters) >= width {
		return string(letters[:max(width-2, 0)]) + "…"
	}
	return line
}
