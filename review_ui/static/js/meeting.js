// The meeting by keyboard: patient by patient, a line, a task. What is typed is kept by htmx, and once more when the page is left.
import { inField } from "./keys.js";

export function meeting() {
  const main = document.querySelector("main.meeting");
  if (!main) return;
  const items = () => [...main.querySelectorAll("[data-item]")];
  const current = () => document.activeElement?.closest("[data-item]") ?? items()[0];
  const unkept = new Set(); // forms with words that the server has not confirmed

  function step(by) {
    const list = items();
    const at = list.indexOf(document.activeElement?.closest("[data-item]"));
    const next = list[Math.min(list.length - 1, Math.max(0, at + by))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "center" });
  }

  function startTask() {
    const details = current()?.querySelector("[data-task]");
    if (!details) return;
    details.open = true;
    details.querySelector("select").focus();
  }

  const byKey = {
    j: () => step(1),
    k: () => step(-1),
    w: () => current()?.querySelector("[data-write]")?.focus(),
    t: startTask,
    o: () => location.assign(current()?.querySelector("[data-open]").href),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.target.closest("[data-item]")?.focus(); return; }
    if (event.defaultPrevented || inField(event)) return;
    const act = byKey[event.key];
    if (act && items().length) { event.preventDefault(); act(); }
  });

  const told = (form, words) => { form.querySelector(".saved").textContent = words; };
  main.addEventListener("input", (event) => {
    const form = event.target.closest("[data-line]");
    if (form) { unkept.add(form); told(form, ""); }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("[data-line]");
    if (!form) return;
    if (event.detail.successful) unkept.delete(form);
    else told(form, "Not kept yet. It is tried again with your next letter.");
  });
  addEventListener("pagehide", () => {
    for (const form of unkept) {
      const body = new URLSearchParams(new FormData(form));
      fetch(form.getAttribute("action"), { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true });
    }
  });
}
