// Parts of a page that change while it is read. The stream says only which; the
// part is fetched as any page is. A page that nobody sees does not listen, and
// after an ended stream the reader's next act listens again.
const first = 2000, longest = 120000;

// Under HTTP/1.1 a browser opens six connections to a host, and each stream holds one:
// of all its windows those listen that came last, so that others still load. A window
// that gave way listens again at the reader's next act in it.
const seats = 3;
const shared = () => /^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol);

export function live(page) {
  let stream, names = "", wait = first, timer;
  const windows = !shared() && globalThis.BroadcastChannel && new BroadcastChannel("live");
  const me = Math.random(), later = new Set();
  const parts = () => [...page.querySelectorAll('[data-live*="@"]')];
  const name = (part) => part.dataset.live.split("@")[0];
  const busy = (part) => part.contains(page.activeElement) && page.activeElement.matches("input, textarea, select");

  const close = () => {
    clearTimeout(timer);
    if (stream && windows) windows.postMessage(["left", me]);
    stream?.close();
    stream = undefined;
  };
  const rest = () => {
    close();
    ["pointerdown", "keydown"].forEach((act) => page.addEventListener(act, again, { once: true }));
    page.defaultView.addEventListener("focus", again, { once: true });
  };
  const again = () => stream || open();

  function open() {
    close();
    names = parts().map(name).join();
    if (!names || page.hidden) return;
    const on = [...new Set(parts().map((part) => part.dataset.live))];
    stream = new EventSource("/live?" + on.map((x) => "on=" + encodeURIComponent(x)).join("&"));
    later.clear();
    if (windows) windows.postMessage(["came", me]);
    stream.onopen = () => (wait = first);
    stream.addEventListener("changed", (event) => {
      parts().filter((part) => name(part) === event.data && !busy(part)).forEach((part) => part.dispatchEvent(new Event("changed")));
    });
    stream.addEventListener("over", rest);
    stream.onerror = () => {
      close();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, longest);
    };
  }

  if (windows) windows.onmessage = ({ data: [word, who] }) => {
    if (word === "left") later.delete(who);
    else if (stream && later.add(who).size >= seats) rest();
  };
  page.addEventListener("visibilitychange", () => (page.hidden ? close() : open()));
  page.addEventListener("htmx:afterSettle", () => names !== parts().map(name).join() && open());
  open();
}
