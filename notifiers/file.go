package notifiers

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// letterFile is a file that holds one letter, as its ending says: a page that
// shows its pictures by itself, a mail, the plain text, or JSON. It is replaced
// whole.
type letterFile string

func (f letterFile) Notify(_ context.Context, letter Letter, last func() error) error {
	var content []byte
	switch filepath.Ext(string(f)) {
	case ".html":
		content = []byte(standalone(letter))
	case ".eml":
		var out bytes.Buffer
		message, err := compose(letter)
		if err != nil {
			return err
		}
		if _, err := message.WriteTo(&out); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		content = out.Bytes()
	case ".json":
		content = letter.JSON
	default:
		content = []byte(letter.Text)
	}
	if err := last(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(string(f), content, 0o644)
}

func (f letterFile) Close() error { return nil }

// standalone gives the HTML with its pictures inside.
func standalone(letter Letter) string {
	html := letter.HTML
	for _, p := range letter.Pictures {
		data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(p.PNG)
		html = strings.ReplaceAll(html, "cid:"+p.Name, data)
	}
	return html
}
