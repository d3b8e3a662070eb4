// Drag over the picture of a page (<svg data-mark="width height">) to fill in the place to hide, in percent of
// the page ([data-place=left|top|width|height]). Without this file the four numbers are typed.
(() => {
  "use strict";
  const picture = document.querySelector("svg[data-mark]");
  if (!picture) return;
  const [width, height] = picture.dataset.mark.split(" ").map(Number);
  const field = (name) => document.querySelector(`[data-place=${name}]`);
  let box = picture.querySelector("rect.tried");
  let from = null;
  const place = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    return [Math.min(width, Math.max(0, at.x)), Math.min(height, Math.max(0, at.y))];
  };
  const draw = (event) => {
    const to = place(event);
    const [left, top] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
    const sides = { x: left, y: top, width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) };
    Object.entries(sides).forEach(([name, points]) => box.setAttribute(name, points.toFixed(1)));
    field("left").value = ((left / width) * 100).toFixed(1);
    field("top").value = ((top / height) * 100).toFixed(1);
    field("width").value = ((sides.width / width) * 100).toFixed(1);
    field("height").value = ((sides.height / height) * 100).toFixed(1);
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0) return;
    event.preventDefault();
    picture.setPointerCapture(event.pointerId);
    if (!box) {
      box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      box.setAttribute("class", "tried");
      picture.append(box);
    }
    from = place(event);
  });
  picture.addEventListener("pointermove", (event) => from && draw(event));
  picture.addEventListener("pointerup", (event) => {
    if (!from) return;
    draw(event);
    from = null;
    field("left").closest("details")?.setAttribute("open", "");
  });
  picture.addEventListener("pointercancel", () => { from = null; });
})();
