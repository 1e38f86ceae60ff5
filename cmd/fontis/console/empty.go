package console

// begins are the commands that put the first line into a list, by the command that
// lists.
var begins = map[string]string{
	"authorise list":       "a firm or public-service body registers what it asks: fontis authorise register --help",
	"authorise mine":       "whom you may authorise: fontis authorise offers",
	"batch list":           "fontis batch --help",
	"contest list":         "a value that is wrong: fontis contest raise --help",
	"demand list":          "what no catalog lists is demanded: fontis demand --help",
	"grant list":           "a grant follows a request: fontis search WORDS, then fontis request DATASET --help",
	"harvest list":         "fontis harvest add ADDRESS --name TEXT",
	"lists responsibility": "nothing is published yet: fontis import --help, then fontis publish --help",
	"lists negative":       "nothing that is listed is held back; what is demanded and not listed: fontis demand list",
	"machine list":         "fontis machine add --help",
	"mandate list":         "fontis mandate give --help",
	"request list":         "fontis search WORDS, then fontis request DATASET --help; what others ask of you: fontis request list --incoming",
	"saved list":           "fontis saved --help",
	"search":               "try fewer or other words; names of items: fontis fields WORD; what no catalog lists: fontis demand --help",
	"source list":          "fontis source add postgres://USER@HOST/DATABASE --password-file FILE",
	"status-act list":      "fontis status-act --help",
	"synonym list":         "fontis synonym --help",
	"dataset awaiting":     "no draft lacks only a second officer's word: fontis todo; fontis publish --all",
	"dataset changes":      "nothing is owed; when duty or data change: fontis dataset changed --help",
}

// empty names what comes after a list without a line.
func (c *Console) empty() {
	if next := begins[c.Command]; next != "" {
		c.Next("%s", next)
	}
}
