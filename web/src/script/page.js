// What a page does beyond its HTML. Every page works without it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { forms } from "./forms.js";
import { keys } from "./keys.js";
import { lists } from "./lists.js";
import { live } from "./live.js";
import { seeds } from "./seeds.js";
import { keeping } from "./keep.js";

// Nothing is evaluated, nothing is styled or stored behind the page's back, and
// nothing is asked of another host.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
});

forms(document);
keys(document);
lists(document, htmx);
live(document);
seeds(document);
keeping(document);
