// Does in Chromium what a person does, and prints what was seen as JSON.
// node drive.mjs CHROMIUM ACTION ADDRESS
import { chromium } from "playwright-core";

const PATIENCE = 60000;
const [executablePath, action, address] = process.argv.slice(2);

const drawing = [
  "--use-angle=swiftshader", // WebGL without a graphics card
  "--enable-unsafe-swiftshader",
  "--disable-accelerated-2d-canvas", // pictures of the overlays would lag behind
];
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", ...(action === "view" ? drawing : [])],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 750 } });
page.setDefaultTimeout(PATIENCE);
const seen = { requests: [], errors: [] };
page.on("request", (request) => seen.requests.push(request.url()));
page.on("requestfailed", (request) => seen.errors.push(`failed: ${request.url()}`));
page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
page.on("pageerror", (error) => seen.errors.push(error.message));

// How varied the picture of the sky is, and how many of its pixels have a strong colour.
async function look() {
  const picture = (await page.locator("#sky").screenshot()).toString("base64");
  return page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    canvas.drawImage(bitmap, 0, 0);
    // The border has Aladin's own buttons.
    const { data: values } = canvas.getImageData(60, 60, bitmap.width - 120, bitmap.height - 120);
    let [coloured, bright, sum, squares] = [0, 0, 0, 0];
    const count = values.length / 4;
    for (let k = 0; k < values.length; k += 4) {
      const [low, high] = [Math.min(...values.slice(k, k + 3)), Math.max(...values.slice(k, k + 3))];
      coloured += high - low > 60;
      bright += low > 200;
      sum += high;
      squares += high * high;
    }
    return { coloured: coloured / count, bright: bright / count, scatter: Math.sqrt(squares / count - (sum / count) ** 2) };
  }, picture);
}

async function until(good) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const sight = await look();
    if (good(sight) || Date.now() > end) return sight;
  }
}

const tiles = () => seen.requests.filter((url) => url.includes("/mosaic/Norder")).length;

// The number of tiles, when some pictures in a row have brought no new ones.
async function settled() {
  for (let [count, same] = [tiles(), 0]; ; ) {
    await look();
    await page.waitForLoadState("networkidle");
    same = tiles() === count ? same + 1 : 0;
    count = tiles();
    if (same === 4) return count;
  }
}

async function view() {
  await page.goto(address);
  await page.locator("#outline").uncheck();
  seen.image = await until((sight) => sight.bright > 1e-4);
  for (const name of ["footprints", "outline", "coverage"]) {
    await page.locator(`#${name}`).check();
    const on = await until((sight) => sight.coloured > 0.0005);
    await page.locator(`#${name}`).uncheck();
    const off = await until((sight) => sight.coloured < 0.0005);
    seen[name] = { on: on.coloured, off: off.coloured };
  }
  const box = await page.locator("#sky").boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.click(middle.x, middle.y);
  await page.waitForSelector("#explain:visible");
  seen.explain = await page.locator("#explain").textContent();
  await page.locator("#found td").first().waitFor();
  seen.found = await page.locator("#found").innerText();
  seen.compass = await page.locator("#compass").textContent();
  seen.scale = { text: await page.locator("#scalebar").textContent(), ...(await page.locator("#scalebar").boundingBox()) };
  seen.field = await page.evaluate(async () => (await fetch("product.json")).json()).then(
    ({ size }) => (1.1 * size * 3600 * Math.max(1, box.width / box.height)) / box.width,
  );
  seen.center = await page.evaluate(async () => (await fetch("product.json")).json()).then(({ ra, dec }) => [ra, dec]);
  for (let step = 0; step < 5; step++) await page.mouse.wheel(0, -200);
  seen.tilesBefore = await settled();
  for (let step = 0; step < 6 && tiles() === seen.tilesBefore; step++) {
    await page.mouse.move(middle.x + 300, middle.y);
    await page.mouse.down();
    await page.mouse.move(middle.x - 300, middle.y, { steps: 10 });
    await page.mouse.up();
    await settled();
  }
  seen.tilesAfter = tiles();
}

// Opens every figure and table of the report and tells how it is shown; reads one caption.
async function report() {
  seen.shown = [];
  for (const category of ["Checks", "Maps", "Members", "Run"]) {
    await page.goto(address);
    for (const name of ["Results", category]) await page.getByText(name, { exact: true }).first().click();
    for (const row of await page.locator("tbody tr").all()) {
      await row.locator("a").first().click();
      const figure = page.locator(".justify-center.overflow-auto").locator("img, iframe");
      await figure.waitFor();
      await page.waitForFunction(() => [...document.images].every((image) => image.complete));
      const text = page.frames().length > 1 ? await page.frames().at(-1).locator("body").innerText() : null;
      const { y, height } = await figure.boundingBox();
      seen.shown.push({ name: (await row.innerText()).trim(), category, top: y, height, text });
    }
  }
  await page.locator("tbody tr").first().locator("a").nth(1).click();
  await page.getByText("DESCRIPTION").waitFor();
  seen.text = await page.locator("body").innerText();
  seen.captions = await page.evaluate(() => Object.values(results).map((result) => result.caption));
}

await { view, report }[action]();
await browser.close();
console.log(JSON.stringify(seen));
