// Says when the kernel, which trains the networks, cannot be reached or has ended.
{
  const LOST = "The connection to the server is lost; trying to reach it again …";
  const GONE = "The server has ended this page’s work. Reload the page to begin anew.";
  const place = document.getElementById("ncviz-lost");
  const say = (text) => {
    place.hidden = text === "";
    if (place.textContent !== text) place.textContent = text;
  };

  const watch = (kernel) => {
    let gone = false;
    const tell = () => {
      gone ||= ["autorestarting", "restarting", "dead"].includes(kernel.status);
      const reached = kernel.connectionStatus === "connected";
      const trying = kernel.connectionStatus === "connecting";
      say(gone || !(reached || trying) ? GONE : reached ? "" : LOST);
    };
    kernel.statusChanged.connect(tell);
    kernel.connectionStatusChanged.connect(tell);
  };

  // A page that is left tells the server to end its kernel, which listens only to a page that sends
  // the value of this cookie along. The server itself sets it on pages that Voila does not have.
  if (!/\b_xsrf=/.test(document.cookie)) {
    const value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    const folder = JSON.parse(document.getElementById("jupyter-config-data").textContent).baseUrl;
    document.cookie = `_xsrf=${value}; path=${folder}; SameSite=Lax`;
  }

  // Voila's script makes it, some time after the page has arrived.
  const search = setInterval(() => {
    const kernel = window.jupyterapp?.widgetManager?.kernel;
    if (!kernel) return;
    clearInterval(search);
    watch(kernel);
  }, 200);
}
