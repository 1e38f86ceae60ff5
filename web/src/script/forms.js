// Forms: what was wrong is read out first, and a button pressed twice sends once.
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
}
