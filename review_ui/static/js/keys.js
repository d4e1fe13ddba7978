// Keys that work on every page: search, go to a page, the list of keys. They never fire inside a field.

export const inField = (event) =>
  event.target.closest("input, textarea, select, [contenteditable], dialog") !== null ||
  event.ctrlKey || event.metaKey || event.altKey;

async function showKeys() {
  const slot = document.getElementById("keys-slot");
  if (!slot.firstElementChild) {
    const page = new DOMParser().parseFromString(await (await fetch("/keys")).text(), "text/html");
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "keys-title");
    const list = page.querySelector("main");
    list.querySelector("p:last-child")?.remove();
    dialog.append(...list.childNodes);
    const close = document.createElement("button");
    close.className = "btn";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    dialog.append(close);
    slot.append(dialog);
  }
  slot.firstElementChild.showModal();
}

export function keys() {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (inField(event)) return;
    if (going && Date.now() - going < 1500 && event.key.length === 1) {
      going = 0;
      event.preventDefault();
      event.stopImmediatePropagation(); // the letter after g is never a decision
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) location.assign(link.href);
      return;
    }
    if (event.key === "g") going = Date.now();
    else if (event.key === "/") {
      const field = document.querySelector("main input[type=search]") ?? document.getElementById("search");
      if (field) { event.preventDefault(); field.focus(); }
    } else if (event.key === "?") {
      event.preventDefault();
      showKeys();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) { event.preventDefault(); showKeys(); }
  });
}
