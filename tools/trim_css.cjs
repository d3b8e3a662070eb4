// Called by vendor_static.py: makes the left-to-right and right-to-left sheets from the design system's
// own. Dropped: responsive and state utility classes (a third of the sheet; our pages use components and
// portal.css), components that claim the federal government or that we do not use, and every font family
// but Source Sans. Usage: node trim_css.cjs IN.css LTR.css RTL.css
const fs = require("fs");
const postcss = require("postcss");
const rtlcss = require("rtlcss");

const [, , source, ltr, rtl] = process.argv;
const UNUSED_CLASS = /^\.(?:(?:mobile|card|tablet|desktop|widescreen)[\w-]*\\:(?!grid-)|(?:hover|focus|active|visited)\\:)/;
const UNUSED_COMPONENT = /\.usa-(?:banner|identifier|hero|graphic-list|megamenu|social-link|register|time-picker|media-block)\b/;
const KEPT_FONT = /^"?Source Sans Pro Web"?$/;

const root = postcss.parse(fs.readFileSync(source, "utf8"));
root.walkComments((comment) => { if (/sourceMappingURL/.test(comment.text)) comment.remove(); });
root.walkAtRules("font-face", (face) => {
  let family = "";
  face.walkDecls("font-family", (decl) => { family = decl.value; });
  if (!KEPT_FONT.test(family)) face.remove();
});
root.walkRules((rule) => {
  const kept = rule.selectors.filter((one) => !UNUSED_CLASS.test(one) && !UNUSED_COMPONENT.test(one));
  if (kept.length === 0) rule.remove();
  else if (kept.length < rule.selectors.length) rule.selectors = kept;
});
root.walkDecls(/^font(-family)?$/, (decl) => {
  decl.value = decl.value.replace(/Merriweather Web,Georgia,Cambria,Times New Roman,Times,serif/g,
    "Source Sans Pro Web,Helvetica Neue,Helvetica,Roboto,Arial,sans-serif");
});
let emptied;
do {
  emptied = 0;
  root.walkAtRules((at) => { if (at.nodes && at.nodes.length === 0) { at.remove(); emptied += 1; } });
} while (emptied);

const css = root.toString();
fs.writeFileSync(ltr, css);
fs.writeFileSync(rtl, rtlcss.process(css));
