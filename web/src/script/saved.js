// The check as a file of its own: it chooses its language and builds its page.
import { show } from "./check/page.js";
import texts from "texts";

const add = (to, name, text, props) => {
  const e = Object.assign(document.createElement(name), props);
  e.textContent = text;
  to.append(e);
  return e;
};

function speak(lang) {
  const t = texts[lang], main = document.querySelector("main");
  document.documentElement.lang = lang;
  document.title = t["check.file_title"];
  main.replaceChildren();
  const other = Object.keys(texts).find((l) => l !== lang);
  add(main, "button", t["check.language"], { className: "line", type: "button", lang: other }).addEventListener("click", () => speak(other));
  add(main, "h1", t["check.file_title"]);
  add(main, "p", t["check.file_lead"]);
  add(main, "p", t["check.file_hash"], { className: "note" });
  add(main, "p", t["check.file_command"]);
  const root = add(main, "div", "");
  root.dataset.lang = lang;
  show(root, texts);
}

speak(navigator.language.startsWith("zh") ? "zh-Hans" : "en");
