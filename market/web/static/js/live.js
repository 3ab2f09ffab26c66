// A region with data-live listens to the server's stream and loads itself again when something moved.
// The first message after a lost connection counts as news too: what happened meanwhile was not heard.
const streams = new Map();

function listen(region, before) {
  const stream = new EventSource(region.dataset.live);
  stream.asked = region.dataset.live;
  const reload = () => window.htmx?.trigger(region, "moved");
  let lost = false;
  stream.addEventListener("moved", reload);
  stream.addEventListener("error", () => { lost = true; });
  stream.addEventListener("open", () => {
    before?.close(); // not sooner: between two streams news would go unheard
    if (lost) reload();
    lost = false;
  });
  streams.set(region, stream);
}

function refresh() {
  for (const [region, stream] of streams) {
    if (region.isConnected && region.dataset.live) continue;
    stream.close();
    streams.delete(region);
  }
  for (const region of document.querySelectorAll("[data-live]")) {
    const known = streams.get(region);
    // A page may come to wait for something else: for its challenge, once its round has closed.
    if (known?.asked !== region.dataset.live) listen(region, known);
  }
}

document.addEventListener("DOMContentLoaded", refresh);
document.addEventListener("htmx:after:swap", refresh);

window.addEventListener("pagehide", () => {
  streams.forEach((stream) => stream.close());
  streams.clear();
});

// A page that comes back from the browser's memory slept through the news.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  refresh();
  streams.forEach((_stream, region) => window.htmx?.trigger(region, "moved"));
});
