// The hands of whoever sits before the browser: a mouse, or nothing but keys.
import { fault } from "./lib.mjs";

// arrives waits for the page that an act leads to.
async function arrives(page, act) {
  const there = page.waitForNavigation({ waitUntil: "load" });
  await act();
  return there;
}

export class Mouse {
  constructor(page) {
    this.page = page;
  }

  // go types an address, as a link from a mail would.
  go(path) {
    return this.page.goto(path);
  }

  follow(link) {
    return arrives(this.page, () => link.click());
  }

  press(button) {
    return arrives(this.page, () => button.click());
  }

  unfold(summary) {
    return summary.click();
  }

  write(field, text) {
    return field.fill(text);
  }

  choose(field, value) {
    return field.selectOption(value);
  }

  tick(field) {
    return field.check();
  }

  attach(field, files) {
    return field.setInputFiles(files);
  }
}

// Keys reaches everything with Tab and acts with Enter, Space, arrows and letters.
// What has the focus must be seen to have it.
export class Keys {
  constructor(page) {
    this.page = page;
    this.looked = new Set();
  }

  go(path) {
    return this.page.goto(path);
  }

  // reach moves the focus to an element, forward or backward, whichever is nearer.
  async reach(what) {
    await what.waitFor({ state: "attached" });
    const key = await what.evaluate((e) => {
      const stops = [...document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex='0']")].filter((x) => x.checkVisibility() && !x.disabled);
      const at = stops.indexOf(document.activeElement), to = stops.indexOf(e);
      return to >= 0 && at >= 0 && to < at ? "Shift+Tab" : "Tab";
    });
    for (let n = 0; n < 400; n++) {
      if (await what.evaluate((e) => document.activeElement === e || (e.type === "radio" && document.activeElement.name === e.name && document.activeElement.type === "radio"))) return this.shows(what);
      await this.page.keyboard.press(key);
    }
    throw new Error(`no key reaches ${(await what.evaluate((e) => e.outerHTML)).slice(0, 160)} on ${this.page.url()}`);
  }

  // shows holds that the focus is seen: within the window, under nothing, with a
  // mark that it has only while it is there.
  async shows(what) {
    const kind = await what.evaluate((e) => `${document.body.dataset.page} ${e.tagName} ${e.type || ""} ${e.className}`);
    if (this.looked.has(kind)) return;
    this.looked.add(kind);
    const wrong = await what.evaluate((e) => {
      const drawn = (x) => {
        const s = getComputedStyle(x), a = getComputedStyle(x, "::before");
        return [s.outlineStyle === "none" ? "" : s.outline, s.boxShadow, s.backgroundColor, s.color, s.borderColor, a.boxShadow, a.outlineStyle === "none" ? "" : a.outline, x.labels?.[0] ? getComputedStyle(x.labels[0], "::before").boxShadow : ""].join("|");
      };
      const box = e.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) return `stands outside the window, at ${Math.round(box.top)}`;
      const on = drawn(e);
      e.blur();
      const off = drawn(e);
      e.focus({ preventScroll: true });
      return on === off ? `looks the same with the focus and without: ${e.outerHTML.slice(0, 120)}` : "";
    });
    if (wrong) fault(this.page.url(), `the focus ${wrong}`);
  }

  async follow(link) {
    await this.reach(link);
    return arrives(this.page, () => this.page.keyboard.press("Enter"));
  }

  async press(button) {
    await this.reach(button);
    return arrives(this.page, () => this.page.keyboard.press("Enter"));
  }

  async unfold(summary) {
    await this.reach(summary);
    await this.page.keyboard.press("Enter");
  }

  async write(field, text) {
    await this.reach(field);
    if ((await field.getAttribute("type")) === "date") {
      const [y, m, d] = text.split("-");
      await this.page.keyboard.type(`${m}${d}${y}`); // as the fields of an American browser ask
      if ((await field.inputValue()) !== text) fault(this.page.url(), `the keys for ${text} made ${await field.inputValue()}`);
      return;
    }
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.insertText(text);
  }

  async choose(field, value) {
    await this.reach(field);
    const want = typeof value === "string" ? value : await field.locator("option").nth(value.index).getAttribute("value");
    await this.page.keyboard.press("Home");
    for (let n = 0; n < 300 && (await field.inputValue()) !== want; n++) await this.page.keyboard.press("ArrowDown");
    if ((await field.inputValue()) !== want) throw new Error(`no key chooses ${want} on ${this.page.url()}`);
  }

  async tick(field) {
    if (await field.isChecked()) return;
    await this.reach(field);
    await this.page.keyboard.press("Space");
  }

  // A busy browser opens the chooser late or not at all; whoever sits there presses again.
  async attach(field, files) {
    for (let n = 0; n < 3; n++) {
      await this.reach(field);
      const opened = this.page.waitForEvent("filechooser", { timeout: 10_000 }).catch(() => null);
      await this.page.keyboard.press("Space");
      const chooser = await opened;
      if (chooser) return chooser.setFiles(files);
    }
    throw new Error(`no key opens the choice of a file on ${this.page.url()}`);
  }
}
