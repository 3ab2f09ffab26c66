// What htmx must not put into a part of a page: another page, or an error.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (!raw.redirected) return;
  event.preventDefault();
  window.location.assign(raw.url);
});

// 422 is a form with its messages and belongs where it came from; any other error takes the whole content.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status < 400 || ctx.response.status === 422 || !ctx.text.includes('id="main"')) return;
  Object.assign(ctx.hx, { retarget: "#main", reselect: "#main", reswap: "outerHTML show:top" });
});
