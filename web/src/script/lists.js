// Lists: a filter or the next window takes the place of the main part alone; the
// frame around it stays. Where the answer belongs to another page, such as the
// one to sign in, the browser goes there. A smaller part whose answer was refused,
// or belongs to another page, stays as it is.
export function lists(page, htmx) {
  Object.assign(htmx.config, { responseHandling: [{ code: "...", swap: true }] });
  page.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo, target, requestConfig } = event.detail;
    const came = xhr.responseURL && new URL(xhr.responseURL).pathname;
    const elsewhere = came && came !== new URL(pathInfo.finalRequestPath, location.href).pathname;
    if (target.id !== "main") {
      if (xhr.status !== 200 || (elsewhere && requestConfig.verb === "get")) event.detail.shouldSwap = false;
      return;
    }
    if (elsewhere) {
      event.detail.shouldSwap = false;
      location.assign(xhr.responseURL);
    }
  });
  page.addEventListener("htmx:afterSwap", (event) => {
    const main = page.getElementById("main");
    if (event.detail.target.id !== "main" || event.detail.requestConfig?.verb !== "get") return;
    main.tabIndex = -1;
    main.focus({ preventScroll: true });
    main.scrollIntoView();
  });
}
