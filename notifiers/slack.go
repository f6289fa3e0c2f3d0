package notifiers

import (
	"encoding/json"
	"errors"
)

// Limits of a Slack message: its header, a section, and how many blocks it has.
const (
	slackHeader   = 150
	slackSection  = 3000
	slackSections = 48
)

// slackBlock is a header or a section of a message.
type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// openSlack posts to an incoming webhook: the subject as the header, and a block
// for each section. The subject alone is what notifications show.
func openSlack(opt Options) (Notifier, error) {
	return newPoster("slack", opt.SlackURL, "", opt, slackMessage)
}

func slackMessage(letter Letter) ([]byte, error) {
	if len(letter.Slack) == 0 || len(letter.Slack) > slackSections {
		return nil, errors.New("a message has 1 to 48 sections")
	}
	subject := oneLine(letter.Subject)
	if runes := []rune(subject); len(runes) > slackHeader {
		subject = string(runes[:slackHeader-1]) + "…"
	}
	blocks := []slackBlock{{"header", slackText{"plain_text", subject}}}
	for _, section := range letter.Slack {
		if len([]rune(section)) > slackSection {
			return nil, errors.New("a section of the message has more than 3000 characters")
		}
		blocks = append(blocks, slackBlock{"section", slackText{"mrkdwn", section}})
	}
	return json.Marshal(struct {
		Text    string       `json:"text"`
		Blocks  []slackBlock `json:"blocks"`
		Unfurl  bool         `json:"unfurl_links"`
		Preview bool         `json:"unfurl_media"`
	}{Text: subject, Blocks: blocks})
}
