// Time left until a deadline, by the server's clock: the page says what time it was there when it was made.
const units = [["days", 86400], ["hours", 3600], ["minutes", 60], ["seconds", 1]];

function remaining(seconds, words) {
  const parts = [];
  for (const [name, size] of units) {
    const count = Math.floor(seconds / size);
    seconds %= size;
    if (count || parts.length) parts.push(words[name].replace("{n}", count));
  }
  return parts.slice(0, 3).join(" ") || words.seconds.replace("{n}", 0);
}

function tick() {
  for (const line of document.querySelectorAll("[data-deadline]")) {
    line.serverAhead ??= Date.parse(line.dataset.now) - Date.now();
    const left = Math.ceil((Date.parse(line.dataset.deadline) - Date.now() - line.serverAhead) / 1000);
    line.querySelector(".countdown-left").textContent = left > 0 ? remaining(left, line.dataset) : line.dataset.over;
    line.classList.toggle("countdown-soon", left > 0 && left < 3600);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  tick();
  setInterval(tick, 1000);
});
