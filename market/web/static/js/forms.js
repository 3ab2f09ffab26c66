// Forms: focus on what went wrong, one open menu at a time, filters folded on a phone. Everything works without it.
function focusOnErrors(root) {
  root.querySelector("[data-focus]")?.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  focusOnErrors(document);
  if (window.matchMedia("(max-width: 52rem)").matches) {
    document.querySelectorAll("details[data-fold]").forEach((details) => details.removeAttribute("open"));
  }
});

document.addEventListener("htmx:after:swap", () => focusOnErrors(document));

document.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches(".move-asks")) {
    event.target.querySelector("textarea, button")?.focus();
  }
}, true);

document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[data-menu][open], .move-asks[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// A second click on a slow network must not send the form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});
