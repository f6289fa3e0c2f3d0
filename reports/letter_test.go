package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"image/png"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// letterOf makes the digest of a week with so many files and owners, whose names
// are as bad as names can be.
func letterOf(t *testing.T, files, owners int) *Digest {
	t.Helper()
	random := rand.New(rand.NewPCG(7, uint64(files)))
	var before, after []Standing
	for i := range files {
		path := fmt.Sprintf("src/<b>&amp;*_x_*|\r\nBcc: a@example.com\u202e/%d %s.php", i,
			strings.Repeat("long", random.IntN(40)))
		total := 1 + random.Int64N(300)
		file := func(covered int64) Standing {
			s := standing(path, covered, total)
			s.Platform, s.Owners = "php", []string{fmt.Sprintf("@team/<i>%d\r\n@here|", i%owners)}
			return s
		}
		if i%10 > 0 {
			before = append(before, file(random.Int64N(total+1)))
		}
		covered := random.Int64N(total + 1)
		if i%20 == 0 {
			covered = 0
		}
		after = append(after, file(covered))
	}
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	account, err := Explain(before, after)
	if err != nil {
		t.Fatal(err)
	}
	d := &Digest{Project: "shop", Monday: monday, Earlier: monday.AddDate(0, 0, -7),
		Share: &account.New, Change: Change{Account: account},
		Sources: []SourceState{{Platform: "ios", State: Carried, Measured: "2026-W46", WeeksOld: 1,
			MeasuredAt: monday.AddDate(0, 0, -1)}},
		Platforms: []PlatformWeek{{Measurement: Measurement{Platform: "php", Branch: "main",
			Group: Group{Files: int64(files), Lines: &account.New, Exact: true}}, Old: &account.Old}},
		Released: []Release{{Platform: "php", Name: "5.2\r\n<script>", At: monday.Add(50 * time.Hour)}},
	}
	d.Marks = d.Released
	d.name(Week{Measurements: []Measurement{{Platform: "php", Commit: "c0ffee"}}}, before, after)
	d.thank()
	if err := d.owners(before, after); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		c := &Count{Covered: int64(60 + i), Total: 100}
		d.Trend = append(d.Trend, TrendPoint{Monday: monday.AddDate(0, 0, 7*(i-11)), Share: c,
			Platforms: map[string]*Count{"php": c}})
	}
	return d
}

var letterLinks = Links{Dashboard: "https://c.example.com/{week}/",
	Owner: "https://c.example.com/o/{owner}", File: "https://git.example.com/{commit}/{path}"}

func texts(t *testing.T, d *Digest) (text, page string) {
	t.Helper()
	var plain, styled strings.Builder
	if err := d.WriteText(&plain, letterLinks); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteHTML(&styled, letterLinks, true); err != nil {
		t.Fatal(err)
	}
	return plain.String(), styled.String()
}

func TestALetterIsSmallHoweverMuchHappened(t *testing.T) {
	for _, size := range []struct{ files, owners int }{{30, 3}, {400, 60}, {3000, 400}} {
		d := letterOf(t, size.files, size.owners)
		text, html := texts(t, d)
		if len(html) > mostHTML || len(text) > 40_000 {
			t.Errorf("%v: %d octets of HTML, %d of text", size, len(html), len(text))
		}
		picture, err := d.Chart()
		if err != nil || len(picture) > 30_000 {
			t.Errorf("%v: the picture has %d octets, %v", size, len(picture), err)
		}
	}
}

// hundredths reads "+1.20" as 120.
func hundredths(t *testing.T, points string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.ReplaceAll(points, ".", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sumBetween adds the numbers of points that stand between two marks.
func sumBetween(t *testing.T, text, from, until string, number *regexp.Regexp) (sum int64, found []string) {
	t.Helper()
	_, text, ok := strings.Cut(text, from)
	text, _, ended := strings.Cut(text, until)
	if !ok || !ended {
		t.Fatalf("there is no %q or no %q", from, until)
	}
	for _, m := range number.FindAllStringSubmatch(text, -1) {
		sum += hundredths(t, m[1])
		found = append(found, m[1])
	}
	return sum, found
}

func TestWhatALetterShowsSumsToTheChangeAlsoIfItIsShortened(t *testing.T) {
	for _, files := range []int{5, 40, 700, 3000} {
		d := letterOf(t, files, 3)
		whole, _ := d.Points()
		text, page := texts(t, d)
		page = html.UnescapeString(page)
		line := regexp.MustCompile(`(?m)^ *([+-]?\d+\.\d\d)  `)
		cell := regexp.MustCompile(`>([+-]?\d+\.\d\d)</span></td>`)
		for name, c := range map[string]struct {
			text, from, until string
			number            *regexp.Regexp
			twice             bool // the sum itself stands there, too
		}{
			"causes in text": {text, "Why it changed", "The files that", line, true},
			"files in text":  {text, "The files that", "Owners", line, false},
			"causes in HTML": {page, "Why it changed", "What moved most", cell, true},
			"files in HTML":  {page, "What moved most", ">Owners<", cell, false},
		} {
			sum, found := sumBetween(t, c.text, c.from, c.until, c.number)
			want := whole
			if c.twice {
				want *= 2
			}
			if sum != want || len(found) < 2 {
				t.Errorf("%d files, %s: %v sum to %d, want %d", files, name, found, sum, want)
			}
		}
	}
}

func TestNoNameIsMarkupInALetter(t *testing.T) {
	d := letterOf(t, 60, 7)
	text, html := texts(t, d)
	for name, all := range map[string]string{
		"text": text, "HTML": html, "subject": d.Subject(), "Slack": strings.Join(d.Slack(letterLinks), "\n"),
	} {
		if strings.ContainsAny(all, "\r\u202e\x00") || strings.Contains(all, "\nBcc:") {
			t.Errorf("%s: a name breaks a line", name)
		}
		rest := strings.ReplaceAll(all, "<b>Missing or incomplete</b>", "")
		if name != "text" && regexp.MustCompile(`<(b|i|script|!here|@)[>|]`).MatchString(rest) &&
			!strings.Contains(all, "<b>together</b>") {
			t.Errorf("%s: a name is markup", name)
		}
	}
	if strings.Contains(html, "<script") || strings.Contains(html, "<i>") || strings.Count(html, "<b>") != 2 {
		t.Errorf("a name is markup")
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(link[1], "https://c.example.com/") &&
			!strings.HasPrefix(link[1], "https://git.example.com/c0ffee/src/") ||
			strings.ContainsAny(link[1], "<> |\r\n") {
			t.Errorf("the link %q", link[1])
		}
	}
	d.Project = "shop\r\nBcc: a@example.com"
	if strings.ContainsAny(d.Subject(), "\r\n") {
		t.Errorf("the subject is %q", d.Subject())
	}
}

func TestALetterIsWholeWithoutItsPicture(t *testing.T) {
	d := letterOf(t, 60, 7)
	text, html := texts(t, d)
	if alt := d.ChartText(); !strings.Contains(html, `alt="`+alt+`"`) ||
		alt != "Share of covered lines by week: 60.0 % in 2026-W36, 71.0 % in 2026-W47." {
		t.Errorf("the picture says %q", alt)
	}
	for _, said := range []string{d.Share.Percent(), d.Moved(), "carried over from 2026-W46",
		"Thank you", "tests gained", "tests lost", "code added", "Releases"} {
		if !strings.Contains(text, said) || !strings.Contains(html, said) {
			t.Errorf("%q is not in both forms", said)
		}
	}
	if strings.Count(html, "<img") != 1 {
		t.Error("there are other pictures")
	}
}

func TestSlackHasRoomForTheLetter(t *testing.T) {
	for _, size := range []struct{ files, owners int }{{3, 1}, {3000, 400}} {
		sections := letterOf(t, size.files, size.owners).Slack(letterLinks)
		if len(sections) < 4 || len(sections) > 48 {
			t.Errorf("%v: %d sections", size, len(sections))
		}
		for _, section := range sections {
			if n := len([]rune(section)); n == 0 || n > 3000 {
				t.Errorf("%v: a section of %d characters", size, n)
			}
		}
	}
}

func TestTheJSONOfALetterIsExact(t *testing.T) {
	d := letterOf(t, 60, 7)
	text, err := d.JSON("the text")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Format, Subject, Text, Change string
		Files                         []struct {
			Owners []string
			Path   string `json:"file_path"`
			Change string
		}
		Owners []struct{ Name string }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Format != LetterFormat || got.Subject != d.Subject() ||
		got.Text != "the text" || got.Change != d.Account.Change.RatString() ||
		len(got.Files) != len(d.Files) || len(got.Files[0].Owners) != 1 ||
		got.Files[0].Path != d.Files[0].Path || len(got.Owners) != 7 {
		t.Errorf("got %+v", got)
	}
}

func TestThePictureIsDrawnForWhatIsKnown(t *testing.T) {
	d := letterOf(t, 60, 7)
	d.Trend[3].Share = nil
	d.Trend[0].Platforms["ios"] = &Count{1, 4}
	picture, err := d.Chart()
	if err != nil {
		t.Fatal(err)
	}
	image, err := png.Decode(bytes.NewReader(picture))
	if err != nil || image.Bounds().Dx() != chartWidth || image.Bounds().Dy() != chartHeight {
		t.Errorf("got %v, %v", image.Bounds(), err)
	}
	again, err := d.Chart()
	if err != nil || !slices.Equal(picture, again) {
		t.Errorf("the same week gives another picture, %v", err)
	}
	d.Trend = d.Trend[:1]
	if picture, err := d.Chart(); picture != nil || err != nil || d.ChartText() != "" {
		t.Errorf("one week has a picture of %d octets, %v", len(picture), err)
	}
}

func TestALetterWithoutNumbersSaysSo(t *testing.T) {
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	d := &Digest{Project: "shop", Monday: monday, Change: Change{None: "it is the first week that was measured"},
		Platforms: []PlatformWeek{{Measurement: Measurement{Platform: "ios",
			Group: Group{Files: 3, RateOnly: &RateOnly{3, 0.456}}}}}}
	text, html := texts(t, d)
	for _, all := range []string{text, html} {
		if !strings.Contains(all, "there is no share") || !strings.Contains(all, "45.6 %") ||
			regexp.MustCompile(`[^0-9]0\.0 %`).MatchString(all) {
			t.Errorf("got %s", all)
		}
	}
	if d.Subject() != "shop 2026-W47: coverage, without line counts" {
		t.Errorf("got %q", d.Subject())
	}
}

func TestAnOwnerLinksToThePageOnTheDashboard(t *testing.T) {
	d := letterOf(t, 30, 2)
	for links, want := range map[string]string{
		"https://c.example.com/{week}/":    "https://c.example.com/2026-W47/" + ownerPage("shop", "@shop/cart"),
		"https://c.example.com/index.html": "", "": "",
	} {
		if got := (Links{Dashboard: links}).owner(d, "@shop/cart"); got != want {
			t.Errorf("%q: got %q, want %q", links, got, want)
		}
	}
}

func TestNamesInThePictureAreApartAndNotBelowIt(t *testing.T) {
	for _, c := range []struct{ places, want []int }{
		{[]int{10, 60}, []int{10, 60}}, {[]int{10, 12, 13}, []int{10, 20, 30}},
		{[]int{50, 97, 98, 99}, []int{50, 80, 90, 100}}, {[]int{83, 97, 98, 99}, []int{70, 80, 90, 100}}, {nil, nil},
	} {
		got := slices.Clone(c.places)
		if spread(got, 10, 100); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.places, got, c.want)
		}
	}
}

// One file may fall further than any other rises, and the owner rise all the same.
func TestWhatIsSaidOfAnOwnerGoesWhereTheOwnerWent(t *testing.T) {
	account, err := Explain(
		[]Standing{standing("a/Falls.php", 5, 10), standing("a/One.php", 1, 10), standing("a/Two.php", 1, 10)},
		[]Standing{standing("a/Falls.php", 1, 10), standing("a/One.php", 4, 10), standing("a/Two.php", 3, 10)})
	if err != nil {
		t.Fatal(err)
	}
	if got := (OwnerWeek{Account: account}).why(); got != "tests gained: a/One.php" {
		t.Errorf("it rose, and it says %q", got)
	}
}

// An owner whose files have rates and no counts is there in both weeks.
func TestAnOwnerWithoutCountsIsNotNew(t *testing.T) {
	d := &Digest{Project: "shop", Monday: w47, Earlier: w46}
	files := []Standing{{Path: "A.swift", Owners: []string{"@ios"}, In: true}}
	after := append(files, Standing{Path: "B.swift", Owners: []string{"@new"}, In: true})
	if err := d.owners(files, after); err != nil {
		t.Fatal(err)
	}
	if len(d.Owners) != 2 || d.Owners[0].why() != "" || d.Owners[1].why() != "new" {
		t.Errorf("got %+v", d.Owners)
	}
}

func TestAPlatformWithoutLinesHasNoMean(t *testing.T) {
	for want, g := range map[string]Group{
		"no counts of lines":                 {Files: 3, Methods: &Count{1, 2}},
		"mean of 2 files, each counted once": {Files: 3, RateOnly: &RateOnly{2, 0.5}},
		"about 1 of 2 lines":                 {Files: 3, Lines: &Count{1, 2}},
	} {
		if got := (PlatformWeek{Measurement: Measurement{Group: g}}).detail(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
