// Seeds: the seed of a sample is made in the auditor's browser and only its hash is
// sent, so that the node knows the seed no sooner than with the draw. The page
// without a script names the command that makes one.
const said = new TextEncoder().encode("fontis/sample/seed/v1\n");
const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");

export function seeds(page) {
  const place = page.querySelector("[data-seed]");
  if (!place || !globalThis.crypto?.subtle) return;
  const hash = page.querySelector('input[name="seed_hash"]');
  place.hidden = false;
  place.querySelector("button").addEventListener("click", async () => {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const whole = new Uint8Array(said.length + seed.length);
    whole.set(said);
    whole.set(seed, said.length);
    hash.value = hex(await crypto.subtle.digest("SHA-256", whole));
    const text = hex(seed);
    place.querySelector("code").textContent = text;
    const file = place.querySelector("a");
    file.download = "audit.seed";
    file.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    place.querySelector("[data-made]").hidden = false;
  });
}
