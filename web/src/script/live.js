// Parts of a page that change while it is read. The stream says only which; the
// part is fetched as any page is. A page that nobody sees does not listen, and
// after an ended stream the reader's next act listens again.
const first = 2000, longest = 120000;

export function live(page) {
  let stream, names = "", wait = first, timer;
  const parts = () => [...page.querySelectorAll('[data-live*="@"]')];
  const name = (part) => part.dataset.live.split("@")[0];
  const busy = (part) => part.contains(page.activeElement) && page.activeElement.matches("input, textarea, select");

  const close = () => {
    clearTimeout(timer);
    stream?.close();
    stream = undefined;
  };
  const onAct = () => ["pointerdown", "keydown"].forEach((act) => page.addEventListener(act, again, { once: true }));
  const again = () => stream || open();

  function open() {
    close();
    names = parts().map(name).join();
    if (!names || page.hidden) return;
    const on = [...new Set(parts().map((part) => part.dataset.live))];
    stream = new EventSource("/live?" + on.map((x) => "on=" + encodeURIComponent(x)).join("&"));
    stream.onopen = () => (wait = first);
    stream.addEventListener("changed", (event) => {
      parts().filter((part) => name(part) === event.data && !busy(part)).forEach((part) => part.dispatchEvent(new Event("changed")));
    });
    stream.addEventListener("over", () => {
      close();
      onAct();
    });
    stream.onerror = () => {
      close();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, longest);
    };
  }

  page.addEventListener("visibilitychange", () => (page.hidden ? close() : open()));
  page.addEventListener("htmx:afterSettle", () => names !== parts().map(name).join() && open());
  open();
}
