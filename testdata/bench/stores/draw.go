package main

import (
	"bytes"
	"fmt"
)

// colours of the engines, in their order.
var colours = []string{"#2f6f4f", "#7a8ca3", "#c2a15b"}

const (
	left, right = 230, 620 // of the bars
	bar, gap    = 10, 14
)

// draw draws the figures as bars, the best engine of each figure at full length.
func draw(list []report, n int) []byte {
	step := len(list)*bar + gap
	height := 60 + len(list[0].Figures)*step
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 %d" font-family="sans-serif" font-size="11">`+"\n", height)
	fmt.Fprintf(&b, `<rect width="720" height="%d" fill="#ffffff"/><text x="16" y="22" font-size="14">%d accounts: the longer the bar, the better</text>`+"\n", height, n)
	for i, r := range list {
		fmt.Fprintf(&b, `<rect x="%d" y="34" width="10" height="10" fill="%s"/><text x="%d" y="43">%s</text>`+"\n", 16+i*90, colours[i], 30+i*90, r.Engine)
	}
	for i, f := range list[0].Figures {
		y := 58 + i*step
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-8, y+len(list)*bar/2+4, label(f))
		for k, r := range list {
			w := float64(right-left) * share(list, i, r.Figures[i])
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/><text x="%.1f" y="%d" font-size="9" fill="#444">%s</text>`+"\n",
				left, y+k*bar, max(1, w), bar-1, colours[k], float64(left)+w+4, y+k*bar+8, short(r.Figures[i].Value))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func label(f figure) string {
	if f.Unit == "" {
		return f.Name
	}
	return f.Name + ", " + f.Unit
}

// share is how good a value is, 1 the best of all engines.
func share(list []report, i int, f figure) float64 {
	best := f.Value
	for _, r := range list {
		if v := r.Figures[i].Value; f.Better == "more" {
			best = max(best, v)
		} else {
			best = min(best, v)
		}
	}
	if f.Better == "more" {
		return f.Value / best
	}
	return best / f.Value
}
