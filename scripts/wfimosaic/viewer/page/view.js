// Shows the mosaic in product.json with Aladin Lite; nothing is loaded from elsewhere.
import A from "./aladin.js";

const element = (id) => document.getElementById(id);
// Where the page lies, without a query.
const here = new URL(".", location.href).href;
const product = await (await fetch("product.json")).json();
// The whole mosaic fits into the window, whatever its shape.
const sky = element("sky");
const whole = 1.1 * product.size * Math.max(1, sky.clientWidth / sky.clientHeight);
await A.init;

document.title = product.name;
element("name").textContent = product.name;
element("note").textContent = product.note;
element("most").textContent = product.exposures;

const mosaic = A.imageHiPS(`${here}mosaic`, {
  name: product.name,
  imgFormat: "fits",
  minCut: product.cuts[0],
  maxCut: product.cuts[1],
  stretch: "log",
  colormap: "grayscale",
});
const aladin = A.aladin("#sky", {
  survey: mosaic,
  hipsList: [],
  log: false,
  backgroundColor: "rgb(40, 40, 40)",
  target: `${product.ra} ${product.dec}`,
  fov: whole,
  cooFrame: "ICRSd",
  projection: "TAN",
  showLayersControl: false,
  showProjectionControl: false,
  showFullscreenControl: false,
});
// From a few pixels to a look at the neighbourhood: beyond there is nothing to see.
aladin.setFoVRange(50 * product.pixel, 3 * whole);

const outline = A.graphicOverlay({ name: "outline", color: "#4aa3ff", lineWidth: 2 });
aladin.addOverlay(outline);
for (const part of product.parts) outline.add(A.polygon(part.outline));

const footprints = A.graphicOverlay({ name: "footprints", lineWidth: 1 });
aladin.addOverlay(footprints);
for (const member of product.members) {
  const color = `hsl(${(member.exposure * 137) % 360}, 90%, 60%)`;
  footprints.add(A.polygon(member.corners, { color }));
}
footprints.hide();

let coverage = null;
function showCoverage(shown) {
  element("legend").hidden = !shown;
  if (shown && coverage === null) {
    coverage = A.imageHiPS(`${here}coverage`, {
      name: "coverage",
      imgFormat: "fits",
      minCut: 0,
      maxCut: product.exposures,
      colormap: "viridis",
    });
    aladin.setOverlayImageLayer(coverage, "coverage");
  }
  coverage?.setOpacity(shown ? 0.5 : 0);
}

const toggle = (overlay) => (event) => (event.target.checked ? overlay.show() : overlay.hide());
element("footprints").addEventListener("change", toggle(footprints));
element("outline").addEventListener("change", toggle(outline));
element("coverage").addEventListener("change", (event) => showCoverage(event.target.checked));
element("brightness").addEventListener("input", (event) => {
  const [low, high] = product.cuts;
  mosaic.setCuts(low, low + (high - low) * 10 ** -event.target.value);
});
element("home").addEventListener("click", () => {
  aladin.gotoRaDec(product.ra, product.dec);
  aladin.setFoV(whole);
});

// What a click shows comes from `wfimosaic view`; of other servers the page only knows the command.
const cell = (row, kind, text) => (row.appendChild(document.createElement(kind)).textContent = text);
const digits = (value) => (value === null ? "-" : Number(value).toPrecision(4));
function show(found) {
  const place = element("found");
  place.replaceChildren();
  if (found.error) return void (place.textContent = found.error);
  const [x, y] = found.pixel;
  cell(place, "div", `Pixel ${x}, ${y}: ${digits(found.value)} ± ${digits(found.err)} MJy/sr`);
  const table = place.appendChild(document.createElement("table"));
  const head = table.appendChild(document.createElement("tr"));
  for (const title of ["Member", "Value", "Flags"]) cell(head, "th", title);
  for (const member of found.members) {
    const row = table.appendChild(document.createElement("tr"));
    cell(row, "td", member.member);
    cell(row, "td", digits(member.value));
    cell(row, "td", member.flags.join(" ") || "-");
  }
}

// The mosaic that a position lies in: on the same side of all of its edges.
const radians = (degrees) => (degrees * Math.PI) / 180;
const vector = ([ra, dec]) => [
  Math.cos(radians(dec)) * Math.cos(radians(ra)),
  Math.cos(radians(dec)) * Math.sin(radians(ra)),
  Math.sin(radians(dec)),
];
const side = ([a, b, c], [d, e, f], [x, y, z]) => x * (b * f - c * e) + y * (c * d - a * f) + z * (a * e - b * d);
function partAt(ra, dec) {
  const position = vector([ra, dec]);
  const inside = ({ outline }) => {
    const corners = outline.map(vector);
    const sides = corners.map((corner, k) => Math.sign(side(corner, corners[(k + 1) % corners.length], position)));
    return Math.abs(sides.reduce((sum, sign) => sum + sign, 0)) === corners.length;
  };
  return product.parts.find(inside) ?? product.parts[0];
}

let clicks = 0;
aladin.on("click", async ({ ra, dec }) => {
  const position = `${ra.toFixed(6)} ${dec.toFixed(6)}`;
  const click = ++clicks;
  element("picked").textContent = `RA and Dec: ${position}`;
  for (const id of ["more", "explain"]) element(id).hidden = false;
  element("explain").textContent = `wfimosaic explain ${partAt(ra, dec).mosaic} ${position}`;
  element("found").hidden = false;
  element("found").textContent = "…";
  const answer = await fetch(`pixel?ra=${ra}&dec=${dec}`).catch(() => null);
  // A later click has been faster.
  if (click !== clicks) return;
  if (answer?.ok) show(await answer.json());
  else element("found").hidden = true;
});

// A bar as long as a round angle, and the directions of north and east, in the middle of the window.
const UNITS = [["°", 1], ["'", 60], ['"', 3600]];
function scaleBar(perPixel) {
  const most = 0.25 * sky.clientWidth * perPixel;
  const [unit, factor] = UNITS.find(([, count]) => most * count >= 1) ?? UNITS[2];
  const power = 10 ** Math.floor(Math.log10(most * factor));
  const length = power * [5, 2, 1].find((step) => step * power <= most * factor);
  element("scalebar").style.width = `${length / factor / perPixel}px`;
  element("scalebar").textContent = `${Number(length.toPrecision(1))}${unit}`;
}
function arrow(name, [x, y]) {
  const [dx, dy] = [x, y].map((part) => part / Math.hypot(x, y));
  return (
    `<line x1="0" y1="0" x2="${15 * dx}" y2="${15 * dy}" />` + `<text x="${21 * dx}" y="${21 * dy}">${name}</text>`
  );
}
function drawScale() {
  const [ra, dec] = aladin.getRaDec();
  const step = aladin.getFov()[0] / 50;
  const middle = aladin.world2pix(ra, dec);
  const north = aladin.world2pix(ra, dec + (dec > 0 ? -step : step));
  const east = aladin.world2pix(ra + step / Math.cos((dec * Math.PI) / 180), dec);
  if (!middle || !north || !east) return;
  const up = [0, 1].map((k) => (north[k] - middle[k]) * (dec > 0 ? -1 : 1));
  element("compass").innerHTML = arrow("N", up) + arrow("E", [east[0] - middle[0], east[1] - middle[1]]);
  scaleBar(step / Math.hypot(...up));
}
for (const change of ["positionChanged", "zoomChanged", "rotationChanged"]) aladin.on(change, drawScale);
addEventListener("resize", drawScale);
drawScale();

element("controls").disabled = false;
