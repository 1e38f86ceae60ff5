// The check in a browser: on the site's own page, and in the saved file check.html.
import { show } from "./check/page.js";
import texts from "texts";

const root = document.getElementById("check");
if (root) show(root, texts);
