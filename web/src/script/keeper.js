// The service worker: it stands only after somebody kept a page, and answers only
// when the network does not. It keeps nothing of its own accord.
const copyOf = (u) => `/kept/copy?of=${encodeURIComponent(u.pathname + u.search)}`;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// away is a page without network: its kept copy, else the list of what is kept.
async function away(u) {
  const copy = await caches.match(copyOf(u));
  if (copy) return copy;
  if (u.pathname !== "/kept") return Response.redirect("/kept#offline");
  return (await caches.match("/kept")) || Response.error();
}

self.addEventListener("fetch", (event) => {
  const u = new URL(event.request.url);
  if (event.request.method !== "GET" || u.origin !== location.origin) return;
  const live = () => fetch(event.request);
  if (u.pathname === "/kept/copy") event.respondWith(caches.match(u.pathname + u.search).then((copy) => copy || live()));
  else if (event.request.mode === "navigate") event.respondWith(live().catch(() => away(u)));
  else if (u.pathname.startsWith("/static/")) event.respondWith(live().catch(async () => (await caches.match(event.request)) || Response.error()));
});
