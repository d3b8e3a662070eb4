// Keys for long lists, on pages that have [data-keys]: "/" goes to the search box, "j" and "k" to the next
// and previous [data-key-row], Enter confirms (a form's own act), "?" opens the list. A box turns them off.
(() => {
  "use strict";
  const page = document.querySelector("[data-keys]");
  if (!page) return;
  const box = document.getElementById("keys-off");
  const off = () => localStorage.getItem("keys") === "off";
  if (box) {
    box.checked = off();
    box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "off" : "on"));
  }
  const step = (by) => {
    const rows = [...page.querySelectorAll("[data-key-row]")];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (row) (row.matches("a,button") ? row : row.querySelector("a,button,summary") || row).focus();
  };
  const acts = {
    "/": () => document.querySelector("[data-key-search]")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    "?": () => document.getElementById("keys-help")?.toggleAttribute("open"),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=radio]):not([type=checkbox]),textarea,select");
    if (off() || typing || event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
})();
