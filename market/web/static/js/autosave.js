// A draft form is posted to its data-autosave address two seconds after the last change; the server answers a line of text.
const waiting = new WeakMap();

async function save(form) {
  waiting.delete(form);
  const line = form.querySelector("[data-saved]");
  const body = new FormData(form);
  for (const [name, value] of [...body]) {
    if (value instanceof File) body.delete(name);
  }
  try {
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      headers: { "X-Requested-With": "autosave" },
      body: new URLSearchParams(body),
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    line.textContent = await answer.text();
  } catch {
    line.textContent = line.dataset.failed;
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-autosave]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(save, 2000, form));
});

document.addEventListener("submit", (event) => {
  clearTimeout(waiting.get(event.target));
}, true);
