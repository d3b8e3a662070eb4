// Re-writes the hours and minutes in <time data-left="seconds">: the seconds left when the server made
// the page, so that neither this machine's zone nor its clock matters. Speaks only at 24, 12, 4 and 1 h.
(() => {
  "use strict";
  const start = Date.now();
  const clocks = [...document.querySelectorAll("time[data-left]")];
  const voice = document.getElementById("clock-voice");
  const spoken = new Map(clocks.map((one) => [one, Number(one.dataset.left)]));
  const words = (seconds) => {
    const minutes = Math.floor(Math.abs(seconds) / 60);
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  const turn = () => clocks.forEach((one) => {
    const left = Number(one.dataset.left) - Math.floor((Date.now() - start) / 1000);
    one.textContent = left < 0 ? `${words(left)} ${one.dataset.late}` : words(left) + (one.dataset.after || "");
    [24, 12, 4, 1].forEach((hours) => {
      if (voice && spoken.get(one) > hours * 3600 && left <= hours * 3600) voice.textContent = one.dataset.voice + " " + words(left);
    });
    spoken.set(one, left);
  });
  if (clocks.length) setInterval(turn, 15000);
})();
