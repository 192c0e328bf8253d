// Light or dark as the address says (?theme=light), else as the system does, now and later.
{
  const named = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const dark = named === null && system.matches;
    document.body.dataset.jpThemeLight = String(!dark);
    document.body.dataset.jpThemeName = dark ? "JupyterLab Dark" : "JupyterLab Light";
  };
  if (named !== null) {
    document.documentElement.style.colorScheme = "light";
    for (const sheet of document.querySelectorAll("link[data-ncviz-theme]")) {
      sheet.media = sheet.dataset.ncvizTheme === "light" ? "all" : "not all";
    }
  }
  system.addEventListener("change", follow);
  follow();
}
