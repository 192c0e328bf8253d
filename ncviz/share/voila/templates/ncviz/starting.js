// What is said while the cells run. Voila calls these functions from the page as it arrives.
{
  const SLOW = 30; // seconds
  let whole = false;
  const say = (text) => {
    const place = document.getElementById("loading_text");
    if (place) place.textContent = text;
  };

  window.voila_heartbeat = () => {};
  window.voila_process = (cell, cells) => {
    say(`Python runs: ${cell} of ${cells} steps are done. This takes a few seconds.`);
  };
  // Called at the end of the page, and again when Voila has its theme: the later call counts.
  window.voila_finish = () => {
    whole = true;
    window.cellLoaded = true;
    if (!window.themeLoaded) return;
    document.getElementById("loading")?.remove();
    document.getElementById("rendered_cells").style.display = "";
  };

  setTimeout(() => {
    say("This takes longer than usual. The server may be busy: wait a little, or reload the page.");
  }, 1000 * SLOW);
  // The page arrives in pieces while the cells run. Where its end is missing, the server went away.
  document.addEventListener("DOMContentLoaded", () => {
    if (!whole) say("The connection to the server ended too soon. Reload the page to try again.");
  });
}
