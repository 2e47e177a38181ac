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
element("most").textContent = product.exposures;

const mosaic = A.imageHiPS(`${here}mosaic`, {
  name: product.name,
  imgFormat: "fits",
  minCut: product.cuts[0],
  maxCut: product.cuts[1],
  stretch: "asinh",
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
outline.add(A.polygon(product.outline));

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
aladin.on("click", ({ ra, dec }) => {
  const position = `${ra.toFixed(6)} ${dec.toFixed(6)}`;
  element("picked").textContent = `RA and Dec: ${position}. What happened here:`;
  element("explain").hidden = false;
  element("explain").textContent = `wfimosaic explain ${product.mosaic} ${position}`;
});
element("controls").disabled = false;
