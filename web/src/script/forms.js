// Forms: what was wrong is read out first, a button pressed twice sends once, and
// what is typed says whether it is kept.
const patience = 1500;

export function forms(page) {
  const wrong = page.querySelector(".wrong");
  if (wrong) {
    wrong.tabIndex = -1;
    wrong.focus();
  }
  page.addEventListener("submit", (event) => {
    const form = event.target;
    const sent = Number(form.dataset.sent || 0);
    if (form.method === "post" && event.timeStamp - sent < patience && sent > 0) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = String(event.timeStamp);
  });
  kept(page);
}

// kept says when what is typed could not be kept: the session or the line is gone.
function kept(page) {
  const lost = (event) => {
    const { xhr, target: place } = event.detail;
    if (!place?.dataset.lost || (xhr?.status === 200 && xhr.responseText.includes('id="saved"'))) return;
    event.detail.shouldSwap = false;
    place.textContent = place.dataset.lost;
  };
  page.addEventListener("htmx:beforeSwap", lost);
  page.addEventListener("htmx:sendError", lost);
}
