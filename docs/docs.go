// Package docs holds the documents that the program carries with it.
package docs

import _ "embed" // for Schema

// Schema is the JSON schema of covpipe.yaml, draft 2020-12, for editors. A test
// of cmd/covpipe makes it from the configuration's types and holds it to them.
//
//go:embed covpipe.schema.json
var Schema []byte
