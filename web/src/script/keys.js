// Keys of one letter, off while anybody types, and off for good on /keys. The list
// that ? shows is the list of that page.
const patience = 1500;

export function keys(page) {
  page.querySelectorAll("[data-script]").forEach((part) => (part.hidden = false));
  if (page.body.dataset.keys === "off") return;
  let dialog, going;
  const typing = (at) => at.closest?.("input, textarea, select, [contenteditable], dialog");
  const lines = () => [...page.querySelectorAll("main tbody tr, main .hits > li, main .times > li")].map((line) => line.querySelector("a, button")).filter((x) => x?.offsetParent);

  async function show() {
    const answer = await fetch("/keys");
    if (!answer.ok) return location.assign("/keys");
    const from = new DOMParser().parseFromString(await answer.text(), "text/html");
    dialog?.remove();
    dialog = page.createElement("dialog");
    const title = page.createElement("h2");
    title.id = "keys-title";
    title.tabIndex = -1;
    title.autofocus = true;
    title.textContent = from.querySelector("h1").textContent;
    dialog.setAttribute("aria-labelledby", title.id);
    const off = page.createElement("a");
    off.href = "/keys";
    off.textContent = from.querySelector("main form button").textContent.trim();
    dialog.append(title, page.importNode(from.getElementById("keys-list"), true), off);
    page.body.append(dialog);
    dialog.showModal();
  }

  function step(by) {
    const all = lines(), at = all.findIndex((x) => x.closest("tr, li").contains(page.activeElement));
    all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  }

  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const gone = going && event.timeStamp - going < patience;
    going = 0;
    if (gone) {
      const place = page.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (place) location.assign(place.href);
      return;
    }
    const act = { "?": show, "/": () => (page.querySelector("#seek, #words") || { focus: () => location.assign("/search") }).focus(), j: () => step(1), k: () => step(-1), g: () => (going = event.timeStamp) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
