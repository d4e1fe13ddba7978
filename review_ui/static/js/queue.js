// The Queue page: choosing rows by box, by key and in runs, and how many are chosen. Without it the boxes and the form work as they are.
import { inField } from "./keys.js";

export function queue() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const boxes = [...document.querySelectorAll("[data-pick]")];
  const all = form.querySelector("[data-pick-all]");
  const chosen = form.querySelector("[data-chosen]");
  let last = null; // the box that was clicked last, where a run begins

  function tell() {
    const count = boxes.filter((box) => box.checked).length;
    form.classList.toggle("on", count > 0 || all.checked);
    chosen.textContent = all.checked ? "All of this view chosen" : count ? `${count} chosen` : "Choose patients to change many at once";
  }

  function pick(box, checked, run) {
    const from = run && last ? boxes.indexOf(last) : boxes.indexOf(box);
    const to = boxes.indexOf(box);
    for (const each of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = checked;
    last = box;
    tell();
  }

  for (const box of boxes) box.addEventListener("click", (event) => pick(box, box.checked, event.shiftKey));
  all.addEventListener("change", tell);
  addEventListener("pageshow", tell); // on the way back the browser ticks again what was ticked

  const boxOf = (element) => element.closest("tr")?.querySelector("[data-pick]");
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (inField(event) && !event.target.matches("[data-pick]")) return;
    const at = boxes.indexOf(boxOf(event.target));
    const step = { j: 1, k: -1 }[event.key];
    if (step !== undefined && boxes.length) {
      event.preventDefault();
      boxes[at < 0 ? 0 : Math.min(boxes.length - 1, Math.max(0, at + step))].focus();
    } else if (event.key.toLowerCase() === "x" && at >= 0) {
      event.preventDefault();
      pick(boxes[at], !boxes[at].checked, event.shiftKey);
    }
  });
  tell();
}
