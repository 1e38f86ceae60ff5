// Pages that a reader chose to keep on this device. Nothing is kept, and no
// service worker stands, before the button is pressed; signing out takes all away.
const store = "kept";
const strict = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
const able = () => "serviceWorker" in navigator && "caches" in window;

function moment(at) {
  return new Date(at.getTime() + 8 * 3600e3).toISOString().slice(0, 16).replace("T", " ") + " UTC+8";
}

function make(name, text, props) {
  const e = Object.assign(document.createElement(name), props);
  e.textContent = text;
  return e;
}

// bare is a page without its forms, its menu and who is there: what is kept can be
// read, and nothing can be sent from it.
function bare(page, also) {
  const root = page.documentElement.cloneNode(true);
  for (const e of root.querySelectorAll(`form, .who, .menu, .keep, .bypaper, link[rel="manifest"]${also}`)) e.remove();
  return root;
}

const html = (root, policy, more) => new Response(`<!DOCTYPE html>\n${root.outerHTML}`, {
  headers: { "Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": policy, ...more },
});

async function keep(line) {
  const cache = await caches.open(store), now = new Date();
  const root = bare(document, ", script");
  const banner = make("p", line.dataset.banner.replace("{1}", moment(now)), { className: "note" });
  const where = location.pathname + location.search;
  banner.append(" ", make("a", line.dataset.fresh, { href: where }));
  root.querySelector("main").prepend(banner);
  await cache.put(`/kept/copy?of=${encodeURIComponent(where)}`, html(root, strict, { "Fontis-At": String(now.getTime()), "Fontis-Name": encodeURIComponent(document.title) }));
  const list = new DOMParser().parseFromString(await (await fetch("/kept")).text(), "text/html");
  await cache.put("/kept", html(bare(list, ""), strict.replace("style-src", "script-src 'self'; style-src")));
  const parts = [...document.querySelectorAll('link[rel="stylesheet"], script[src], img[src], link[rel="icon"]')].map((e) => e.src || e.href);
  await cache.addAll([...new Set(parts)].filter((u) => u.startsWith(location.origin)));
  await navigator.serviceWorker.register("/static/keeper.js", { scope: "/" });
}

// forget takes everything away, the service worker too.
async function forget() {
  await caches.delete(store);
  for (const r of await navigator.serviceWorker.getRegistrations()) await r.unregister();
}

async function show(room) {
  const say = room.dataset;
  const cache = (await caches.has(store)) ? await caches.open(store) : null;
  const list = document.createElement("ul");
  list.className = "hits";
  const requests = cache ? (await cache.keys()).filter((r) => new URL(r.url).pathname === "/kept/copy") : [];
  for (const request of requests) {
    const copy = await cache.match(request), u = new URL(request.url), line = document.createElement("li");
    const title = make("h2", "");
    title.append(make("a", decodeURIComponent(copy.headers.get("Fontis-Name")), { href: u.pathname + u.search }));
    const off = make("button", say.delete, { type: "button", className: "govuk-button plain" });
    off.addEventListener("click", () => cache.delete(request).then(() => (requests.length > 1 ? show(room) : forget().then(() => show(room)))));
    line.append(title, make("p", `${say.asof} ${moment(new Date(Number(copy.headers.get("Fontis-At"))))}`, { className: "small" }), off);
    list.append(line);
  }
  room.replaceChildren();
  if (location.hash === "#offline") room.append(make("p", say.offline, { className: "note" }));
  if (!requests.length) return room.append(make("p", say.none, { className: "empty" }));
  const all = make("button", say.all, { type: "button", className: "govuk-button grave" });
  all.addEventListener("click", () => forget().then(() => show(room)));
  return room.append(list, all);
}

export function keeping(page) {
  if (!able()) return;
  const room = page.querySelector("[data-kept]");
  if (room) show(room);
  const line = page.querySelector(".keep");
  if (line) {
    line.hidden = false;
    const button = line.querySelector("button"), said = line.querySelector("[role=status]");
    button.addEventListener("click", () => keep(line).then(() => { said.textContent = line.dataset.done; }, () => { said.textContent = line.dataset.failed; }));
  }
  page.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/sign-out") forget();
  });
}
