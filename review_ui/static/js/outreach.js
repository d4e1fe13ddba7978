// The Outreach page by keyboard: one key per decision; how long it took, and how long an approved message still waits.
import { inField } from "./keys.js";

const inWords = (left) => (left >= 120 ? `in ${Math.round(left / 60)} min` : left > 0 ? `in ${left} s` : "now");

function countDown() {
  const began = Date.now();
  const shown = [...document.querySelectorAll("[data-left]")].map((each) => [each, each.textContent, Number(each.dataset.left)]);
  if (!shown.length) return;
  const tell = () => {
    const gone = Math.floor((Date.now() - began) / 1000);
    for (const [each, words, left] of shown) each.textContent = `${words} (${inWords(left - gone)})`.trimStart();
  };
  tell();
  setInterval(tell, 1000);
}

export function outreach() {
  const main = document.querySelector("main.outreach");
  if (!main) return;
  const shownSince = Date.now();
  const form = main.querySelector("[data-draft]");
  const reject = form?.querySelector("[data-reject]");

  function press(button) {
    if (button && !button.disabled) button.form.requestSubmit(button);
  }

  form?.addEventListener("submit", () => {
    form.querySelector("[data-seconds]").value = ((Date.now() - shownSince) / 1000).toFixed(1);
  }, true);

  const byKey = {
    j: () => main.dataset.next && location.assign(main.dataset.next),
    k: () => main.dataset.previous && location.assign(main.dataset.previous),
    a: () => press(form?.querySelector("[data-approve]")),
    e: () => form?.querySelector("[data-words]").focus(),
    r: () => { if (reject) { reject.open = true; reject.scrollIntoView({ block: "nearest" }); } },
    u: () => press(document.querySelector("[data-undo]") ?? main.querySelector("[data-undo-here]")),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (reject?.open) { reject.open = false; reject.querySelector("summary").focus(); } else event.target.blur?.();
      return;
    }
    if (event.defaultPrevented || event.repeat) return;
    const reason = reject?.open && /^[1-8]$/.test(event.key) && reject.querySelector(`[data-reason="${event.key}"]`);
    if (reason && (event.target.type === "radio" || !inField(event))) {
      event.preventDefault();
      reason.checked = true;
      press(reject.querySelector("[data-reject-now]"));
      return;
    }
    if (inField(event)) return;
    const act = byKey[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  document.getElementById("problem")?.focus();
  countDown();
}
