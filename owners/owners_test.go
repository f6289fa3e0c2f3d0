package owners

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// hold checks lines "path: owners" against rules.
func hold(t *testing.T, r *Rules, table string) {
	t.Helper()
	for line := range strings.Lines(table) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		file, want, _ := strings.Cut(line, ":")
		if got := strings.Join(r.Of(file), " "); got != strings.TrimSpace(want) {
			t.Errorf("%s: got %q, want %q", file, got, strings.TrimSpace(want))
		}
	}
}

func TestGitHubsPatterns(t *testing.T) {
	for pattern, table := range map[string]string{
		"*":               "a: @o\n b/c.php: @o\n .x/y: @o",
		"*.php":           "a.php: @o\n b/c.php: @o\n a.phpx:\n dir.php/x: @o",
		"/src/":           "src/a: @o\n src/b/c: @o\n x/src/a:\n src:",
		"src/":            "src/a: @o\n x/src/a: @o\n src:",
		"/src":            "src: @o\n src/a/b: @o\n x/src:\n srcx:",
		"docs/*":          "docs/a: @o\n docs/a/b:\n x/docs/a:",
		"docs/**":         "docs/a: @o\n docs/a/b: @o\n docs:",
		"**/logs":         "logs/a: @o\n deep/er/logs/x/y: @o\n logs: @o\n logsx:",
		"src/**/Test.php": "src/Test.php: @o\n src/a/b/Test.php: @o\n Test.php:",
		"/a?c":            "abc: @o\n a/c:\n ac:",
		"src/Cart":        "src/Cart/A.php: @o\n x/src/Cart/A.php:\n src/Carton/A.php:",
		`my\ folder/`:     "my folder/a: @o\n my:",
		"{a,b}.php":       "{a,b}.php: @o\n a.php:",
		"größe/":          "größe/a: @o",
		`/a\*b`:           "a*b: @o\n axb:",
		"/*":              "a: @o\n a/b:",
	} {
		r := Read("CODEOWNERS", []byte(pattern+" @o\n"), GitHub)
		if len(r.Problems) > 0 {
			t.Errorf("%s: %v", pattern, r.Problems)
		}
		t.Run(pattern, func(t *testing.T) { hold(t, r, table) })
	}
}

func TestTheLastLineOfGitHubDecidesAndWrongLinesAreNamed(t *testing.T) {
	r := Read(".github/CODEOWNERS", []byte("\uFEFF# all\r\n*  @everyone\r\n"+
		"/src/\t@shop/cart dev@example.com # both @nobody\r\n"+
		"/src/free/\n!/src/not @x\n/src/[ab] @x\n/src/odd who\n/ @x\n/src/last @z"), "")
	hold(t, r, "a: @everyone\n src/A.php: @shop/cart dev@example.com\n"+
		" src/free/x:\n src/not: @shop/cart dev@example.com\n"+
		"src/odd: @shop/cart dev@example.com\n src/last: @z")
	var lines []int
	for _, p := range r.Problems {
		lines = append(lines, p.Line)
	}
	if want := []int{5, 6, 7, 8}; !slices.Equal(lines, want) {
		t.Errorf("problems %v, want lines %v", r.Problems, want)
	}
}

func TestGitLabsSectionsAddUp(t *testing.T) {
	r := Read("CODEOWNERS", []byte(`# Two sections and what stands before them.
* @general
!vendor/

[Documentation][2] @docs
docs/
README.md
docs/db.md @dba someone@example.com
/docs/free/  nobody

^[Ruby And Co]
*.rb @ruby/devs/core @@maintainer
!/config/*

[documentation]
*.txt
/docs/later/ @late
[ ] @x
`), "")
	hold(t, r, `a: @general
vendor/x:
docs/a/b: @general @docs
x/docs/b: @general @docs
README.md: @general @docs
x/README.md: @general @docs
docs/db.md: @general @dba someone@example.com
docs/free/x: @general
docs/later/x: @general @late
a.rb: @general @ruby/devs/core @@maintainer
config/a.rb: @general
config/deep/a.rb: @general @ruby/devs/core @@maintainer
vendor/a.rb: @ruby/devs/core @@maintainer
note.txt: @general @docs`)
	if len(r.Problems) != 2 || r.Problems[0].Line != 9 {
		t.Errorf("got %v", r.Problems)
	}
	want := `line 9: "nobody" is neither @user, @group/subgroup, @@role nor an address`
	if got := r.Problems[0].String(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestGitLabsPatternsSayOnlyWhatTheySay(t *testing.T) {
	for pattern, table := range map[string]string{
		"docs":         "docs: @o\n x/docs: @o\n docs/a:",
		"/docs":        "docs: @o\n docs/a:",
		"/docs/":       "docs/a/b: @o\n x/docs/a:",
		"docs/*.md":    "docs/a.md: @o\n x/docs/a.md: @o\n docs/b/a.md:",
		"/db/**/i.md":  "db/i.md: @o\n db/a/b/i.md: @o",
		"[ab].md":      "a.md: @o\n c.md:",
		`\#file`:       "#file: @o",
		`a\ b`:         "a b: @o",
		"/":            "a: @o\n a/b: @o",
		"*":            "a/b/c: @o",
		"path/{a,b}/x": "path/a/x:\n path/{a,b}/x: @o",
	} {
		text := pattern + " @o"
		r := Read(".gitlab/CODEOWNERS", []byte(text), "")
		t.Run(pattern, func(t *testing.T) { hold(t, r, table) })
	}
}

func TestCodeownersIsFoundInTheUsualPlaces(t *testing.T) {
	tree := fstest.MapFS{}
	if _, err := Find(tree); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	for _, place := range []string{"docs/CODEOWNERS", "CODEOWNERS", ".gitlab/CODEOWNERS", ".github/CODEOWNERS"} {
		tree[place] = &fstest.MapFile{}
		if got, err := Find(tree); got != place || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, place)
		}
	}
}

func TestAFileIsFoundUnderOneRootOrNotAtAll(t *testing.T) {
	rules, err := Mapping([]Entry{
		{"/app/", []string{"app", "mobile"}},
		{"/core/free/", nil},
		{"/core/src/C.kt", []string{"core"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := &fstest.MapFile{}
	tree := Tree{rules, fstest.MapFS{
		"app/src/a/A.kt": file, "app/src/a/B.kt": file,
		"core/src/a/B.kt": file, "core/src/C.kt": file, "core/src/a/D.kt": file,
	}, []string{"app/src", "core/src"}}
	for path, want := range map[string]string{
		"a/A.kt":       "app mobile",
		"C.kt":         "core",
		"a/D.kt":       Unowned,
		"A.kt":         Unmatched + " it lies under none of the roots app/src, core/src",
		"a":            Unmatched + " it lies under none of the roots app/src, core/src",
		"/x/a/A.kt":    Unmatched + " it lies under none of the roots app/src, core/src",
		"../../a/A.kt": Unmatched + " it lies under none of the roots app/src, core/src",
		"a/B.kt":       Unmatched + " it could be app/src/a/B.kt or core/src/a/B.kt",
	} {
		owners, why, err := tree.Of(path)
		if got := strings.TrimSpace(fmt.Sprint(strings.Join(owners, " "), " ", why)); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", path, got, err, want)
		}
	}
}

func TestAPathThatCanBeNoFileIsUnmatched(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "build"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tree := Tree{&Rules{}, os.DirFS(dir), []string{"."}}
	for _, file := range []string{"build/gen/A.java", strings.Repeat("a", 300), strings.Repeat("a/", 3000) + "b"} {
		if owners, why, err := tree.Of(file); err != nil || why == "" || owners[0] != Unmatched {
			t.Errorf("%.40s: got %q, %q, %v", file, owners, why, err)
		}
	}
}

func TestAMappingThatCannotBeIsRefused(t *testing.T) {
	for _, e := range []Entry{
		{"", []string{"x"}}, {"!a", []string{"x"}}, {"/a", []string{"two words"}},
		{"/a", []string{Unowned}}, {"/a", []string{""}},
	} {
		if _, err := Mapping([]Entry{e}); !errors.Is(err, ErrEntry) {
			t.Errorf("%v: got %v", e, err)
		}
	}
}

// FuzzRead: no text makes reading or matching fail, and no owner has a space in
// it, since a row keeps them with spaces between.
func FuzzRead(f *testing.F) {
	f.Add("* @a\n[S][2] @b\n!x/\n/y/ c@d.e", "y/z")
	f.Add(`\ [a-  @x`, "")
	f.Fuzz(func(t *testing.T, text, file string) {
		for _, syntax := range []Syntax{"", GitHub, GitLab} {
			for _, owner := range Read("CODEOWNERS", []byte(text), syntax).Of(file) {
				if strings.ContainsAny(owner, " \t\n()") && !strings.Contains(owner, "@") ||
					strings.ContainsAny(owner, " \t\n") {
					t.Errorf("owner %q", owner)
				}
			}
		}
	})
}

// BenchmarkOf asks for a file among 2,000 rules.
func BenchmarkOf(b *testing.B) {
	var text strings.Builder
	text.WriteString("*.md @docs\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "/src/Module%d/**/*.php @team%d\n", i, i)
	}
	r := Read("CODEOWNERS", []byte(text.String()), GitHub)
	for b.Loop() {
		if len(r.Of("src/Module7/deep/er/File.php")) != 1 {
			b.Fatal("nobody")
		}
	}
}

func TestARuleThatMatchesNoFileIsIdle(t *testing.T) {
	files := slices.Values([]string{"src/Cart/Cart.php", "README.md", "docs/a/b.md"})
	for _, syntax := range []Syntax{GitHub, GitLab} {
		text := "* @all\n\n/src/Cart/ @cart\n/src/Basket/ @cart\n*.md @docs\nsrc/Cart/Gone.php @cart\n"
		rules := Read("CODEOWNERS", []byte(text), syntax)
		want := "[line 4: /src/Basket/ matches no file line 6: src/Cart/Gone.php matches no file]"
		if got := fmt.Sprint(rules.Idle(files)); got != want {
			t.Errorf("%s: %s", syntax, got)
		}
	}
	mapped, err := Mapping([]Entry{{"/src/", []string{"a"}}, {"/lib/", []string{"b"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(mapped.Idle(files)); got != "[line 2: /lib/ matches no file]" {
		t.Error(got)
	}
}
